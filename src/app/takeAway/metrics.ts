import { csvLine } from '../../data/csv.ts';
import type { RunRecord } from '../fineTune/learning/runs.ts';

const columns = [
  'run',
  'event',
  'step',
  'epoch',
  'task',
  'loss',
  'accuracy',
  'macro_f1',
  'total_loss',
  'gradient_norm',
  'learning_rate',
  'texts_per_second',
];

/** All that runs have reported as lines of CSV: one for each task of each step and each evaluation. */
export function* metricsLines(runs: readonly RunRecord[]): Generator<string> {
  yield csvLine(columns);
  for (const { id, steps, evaluations } of runs) {
    for (const { step, epoch, loss, losses, gradientNorm, learningRate, textsPerSecond } of steps) {
      for (const [task, taskLoss] of Object.entries(losses)) {
        yield csvLine([
          ...[id, 'step', step, epoch, task, taskLoss],
          ...[undefined, undefined, loss, gradientNorm, learningRate, textsPerSecond],
        ]);
      }
    }
    for (const { step, losses, accuracy, macroF1 } of evaluations) {
      for (const [task, loss] of Object.entries(losses)) {
        yield csvLine([id, 'evaluation', step, undefined, task, loss, accuracy[task], macroF1[task]]);
      }
    }
  }
}
