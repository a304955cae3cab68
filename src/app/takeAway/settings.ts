import { settings as embedSettings } from '../embed/state.ts';
import { runs } from '../fineTune/learning/runs.ts';
import { runOptions } from '../fineTune/run/options.ts';
import { chosen, tunedSteps } from '../model/state.ts';

/** The page's settings and its runs' as JSON; no text is in it. */
export function settingsJson(): string {
  const { name, origin, revision } = chosen.value;
  const options = runOptions.value;
  const { examples, ...training } = typeof options === 'object' ? options : {};
  return JSON.stringify(
    {
      model: { name, origin, revision, trainedSteps: tunedSteps.value },
      embedding: embedSettings.value,
      training: { ...training, examples: examples?.length },
      runs: runs.value.map(({ id, settings, data, before, planned, outcome, steps }) => ({
        ...{ id, data, outcome, before, planned, taken: steps.length, settings },
      })),
    },
    // A pattern that is an expression is no JSON of its own.
    (_, value: unknown) => (value instanceof RegExp ? String(value) : value),
    2,
  );
}
