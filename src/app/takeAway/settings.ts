import type { TrainerOptions } from '../../worker/client.ts';
import { settings as embedSettings } from '../embed/state.ts';
import { mostLabels } from '../fineTune/examples/data.ts';
import { examples as exampleSet } from '../fineTune/examples/state.ts';
import { runs } from '../fineTune/learning/runs.ts';
import { runOptions } from '../fineTune/run/options.ts';
import { chosen, tunedSteps } from '../model/state.ts';

/** The settings of the page and its runs as JSON. It contains no text of the examples. */
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
    // JSON has no regular expressions.
    (_, value: unknown) => (value instanceof RegExp ? String(value) : value),
    2,
  );
}

/** Writes null in place of a label that is a text of the examples, and of very many labels only the number. */
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
