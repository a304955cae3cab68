import type { TrainerOptions } from '../../../worker/client.ts';
import { scientific } from '../../format.ts';
import { plan, scenarioName, topOfModel } from '../what/state.ts';

/** A run's settings in words, the same keys for every run. */
export function summarize(options: TrainerOptions, tasks: readonly string[]): Record<string, string> {
  const { schedule, evaluation, optimizer, weightDecay, clipNorm, taskWeights } = options;
  const weights = Object.entries(taskWeights ?? {}).map(([task, weight]) => `${task} ${weight}`);
  return {
    scenario: scenarioText(),
    tasks: tasks.join(', '),
    epochs: String(options.epochs),
    batch: String(options.batchSize),
    dropout: String(options.dropout),
    seed: String(options.seed),
    'held out':
      evaluation && 'fraction' in evaluation ? `${Math.round(100 * evaluation.fraction!)} %` : 'none',
    optimizer: optimizer ?? 'the scenario’s',
    'weight decay': weightDecay === undefined ? 'usual' : String(weightDecay),
    clipping: clipNorm === undefined ? 'none' : String(clipNorm),
    schedule: schedule!.kind,
    'warm-up': String(schedule!.warmupSteps ?? 0),
    accumulate: String(options.accumulate),
    'task weights': weights.length > 0 ? weights.join(', ') : 'equal',
  };
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
