import { computed } from '@preact/signals';
import type { TrainerOptions } from '../../../worker/client.ts';
import { heldOutShare, sizes, tasks, texts } from '../examples/state.ts';
import type { RunTask } from '../learning/runs.ts';
import { plan } from '../what/state.ts';
import {
  accumulate,
  batchSize,
  clipNorm,
  dropout,
  epochs,
  evaluateEvery,
  optimizer,
  schedule,
  seed,
  taskWeights,
  warmupSteps,
  weightDecay,
} from './state.ts';

/**
 * What a run of now would be given: undefined until model and examples are there, a message where it does not work. A
 * number that makes no sense is the trainer's to refuse.
 */
export const runOptions = computed<TrainerOptions | string | undefined>(() => {
  const chosen = plan.value;
  if (chosen === undefined || typeof chosen === 'string') return chosen;
  const every = evaluateEvery.value;
  return {
    examples: texts.value,
    heads: headsFor(tasks.value, seed.value),
    ...(sizes.value.heldOut > 0 && {
      evaluation: {
        fraction: heldOutShare.value,
        details: true,
        ...(every > 0 && { everySteps: every }),
      },
    }),
    scenario: chosen.scenario,
    ...(optimizer.value && { optimizer: optimizer.value }),
    ...(weightDecay.value !== undefined && { weightDecay: weightDecay.value }),
    ...(clipNorm.value !== undefined && { clipNorm: clipNorm.value }),
    schedule: { kind: schedule.value, warmupSteps: warmupSteps.value },
    taskWeights: Object.fromEntries(
      tasks.value.flatMap(({ name }) => {
        // A task may be called 'constructor'.
        return Object.hasOwn(taskWeights.value, name) ? [[name, taskWeights.value[name]!]] : [];
      }),
    ),
    accumulate: accumulate.value,
    epochs: epochs.value,
    batchSize: batchSize.value,
    dropout: dropout.value,
    seed: seed.value,
  };
});

/** Heads of one run begin differently: the run's seed and the place of the task. */
export function headsFor(tasks: readonly RunTask[], seed: number): NonNullable<TrainerOptions['heads']> {
  const first = Number.isInteger(seed) ? seed : 0;
  return Object.fromEntries(
    tasks.map(({ name, labels }, place) => [name, { labels, pooling: 'cls', seed: (first + place) >>> 0 }]),
  );
}
