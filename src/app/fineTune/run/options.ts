import { computed } from '@preact/signals';
import type { TrainerOptions } from '../../../worker/client.ts';
import { scientific } from '../../format.ts';
import type { Column } from '../examples/data.ts';
import { sizes, tasks, texts } from '../examples/state.ts';
import type { RunFacts } from '../learning/runs.ts';
import { plan, scenarioName, topOfModel } from '../what/state.ts';
import { type Draft, fields, seed, taskWeights } from './fields.ts';

/**
 * The options of a run that would begin now. undefined until model and examples are there; a message where what to
 * train cannot be planned. A number that makes no sense is the trainer's to refuse.
 */
export const runOptions = computed<TrainerOptions | string | undefined>(() => {
  const chosen = plan.value;
  if (chosen === undefined || typeof chosen === 'string') return chosen;
  const options: Draft = {
    examples: texts.value,
    heads: headsFor(tasks.value, seed.signal.value),
    scenario: chosen.scenario,
  };
  for (const { signal, write } of fields) {
    if (signal.value !== undefined) write(options, signal.value as NonNullable<unknown>);
  }
  const names = tasks.value.map(({ name }) => name);
  const weights = Object.entries(taskWeights.signal.value);
  options.taskWeights = Object.fromEntries(weights.filter(([task]) => names.includes(task)));
  if (sizes.value.heldOut === 0) delete options.evaluation;
  return options;
});

/** Heads of one run begin with different weights: the seed of each is the run's and its place. */
export function headsFor(tasks: readonly Column[], seed: number): NonNullable<TrainerOptions['heads']> {
  const first = Number.isInteger(seed) ? seed : 0;
  return Object.fromEntries(
    tasks.map(({ name, labels }, place) => [name, { labels, pooling: 'cls', seed: (first + place) >>> 0 }]),
  );
}

/** The settings of a run in words: the same keys for every run. */
export function summarize(options: TrainerOptions, tasks: readonly string[]): RunFacts['settings'] {
  const described = fields.flatMap(({ title, read, initial, describe }) =>
    title === undefined ? [] : [[title, describe(read(options) ?? initial)]],
  );
  return { scenario: scenarioText(), tasks: tasks.join(', '), ...Object.fromEntries(described) };
}

function scenarioText(): string {
  const name = scenarioName.value === 'top-layers' ? `top ${topOfModel.value} layers` : scenarioName.value;
  const adjustments = typeof plan.value === 'object' ? plan.value.adjustments : [];
  const changes = [...adjustments].map(
    ([group, { rate, isFrozen }]) =>
      `${group} ${isFrozen ? 'frozen' : rate === undefined ? 'open' : scientific(rate)}`,
  );
  return changes.length > 0 ? `${name}; ${changes.join(', ')}` : name;
}
