import type { TrainerOptions } from '../../worker/client.ts';
import { settings as embedSettings } from '../embed/state.ts';
import { mostLabels } from '../fineTune/examples/data.ts';
import { examples as exampleSet } from '../fineTune/examples/state.ts';
import { runs } from '../fineTune/learning/runs.ts';
import { runOptions } from '../fineTune/run/options.ts';
import { chosen, tunedSteps } from '../model/state.ts';

/** The page's settings and its runs' as JSON; no text is in it. */
export function settingsJson(): string {
  const { name, origin, revision } = chosen.value;
  const options = runOptions.value;
  const { examples, heads, ...training } = typeof options === 'object' ? options : {};
  return JSON.stringify(
    {
      model: { name, origin, revision, trainedSteps: tunedSteps.value },
      embedding: embedSettings.value,
      training: { ...training, heads: heads && withoutTexts(heads), examples: examples?.length },
      runs: runs.value.map(({ id, settings, data, before, planned, outcome, steps }) => ({
        ...{ id, data, outcome, before, planned, taken: steps.length, settings },
      })),
    },
    // A pattern that is an expression is no JSON of its own.
    (_, value: unknown) => (value instanceof RegExp ? String(value) : value),
    2,
  );
}

/**
 * The heads, where a label may be no text: a column of texts can be taken for labels. Of more labels than a column of labels
 * has only their number is written, and null in place of one that is a text of the examples.
 */
function withoutTexts(heads: NonNullable<TrainerOptions['heads']>): Record<string, unknown> {
  const texts = new Set(exampleSet.value?.rows.map(({ text }) => text.trim()));
  return Object.fromEntries(
    Object.entries(heads).map(([name, { labels, ...rest }]) => [
      name,
      {
        ...rest,
        labels:
          labels.length > mostLabels
            ? labels.length
            : labels.map((label) => (texts.has(label.trim()) ? null : label)),
      },
    ]),
  );
}
