import { describe, expect, it } from 'vitest';
import { BestEvaluation } from '../../../src/training/evaluation/bestEvaluation.ts';
import { metricsOf } from '../../../src/training/evaluation/headMetrics.ts';
import { headsEvaluator } from '../../../src/training/evaluation/headsEvaluator.ts';
import type { EvaluationEvent } from '../../../src/training/events.ts';
import type { EarlyStopping } from '../../../src/training/options/options.ts';

const evaluator = headsEvaluator(['a', 'b']);

function evaluation(step: number, loss: number, accuracy: number): EvaluationEvent {
  const numbers = { losses: { a: loss, b: 1 }, accuracy: { a: accuracy, b: 0.5 }, macroF1: { a: 0, b: 0 } };
  return { type: 'evaluation', step, ...numbers, metrics: metricsOf(numbers) };
}

/** Step of the best evaluation and evaluations since, after each of some. */
function statesAfter(stopping: EarlyStopping | undefined, ...events: EvaluationEvent[]) {
  const best = new BestEvaluation(evaluator, stopping);
  return events.map((event) => {
    best.take(event);
    return [best.state.event?.step, best.state.waited, best.isEnough];
  });
}

const events = [evaluation(0, 3, 0.5), evaluation(1, 2, 0.4), evaluation(2, 2, 0.6), evaluation(3, 4, 0.6)];

describe('the best evaluation', () => {
  it('is that of the primary metric, in its direction, and the first of equals', () => {
    expect(statesAfter(undefined, ...events)).toEqual([
      [0, 0, false],
      [1, 0, false],
      [1, 1, false],
      [1, 2, false],
    ]);
  });

  it('is that of early stopping’s metric, and enough follow it without a better one', () => {
    expect(statesAfter({ metric: 'accuracy', patience: 1 }, ...events)).toEqual([
      [0, 0, false],
      [0, 1, true],
      [2, 0, false],
      [2, 1, true],
    ]);
  });

  it('goes on from its state', () => {
    const first = new BestEvaluation(evaluator, undefined);
    for (const event of events.slice(0, 3)) first.take(event);
    const second = new BestEvaluation(evaluator, { metric: 'loss', patience: 2 }, first.state);
    second.take(events[3]!);
    expect(second.state).toMatchObject({ event: { step: 1 }, waited: 2 });
    expect(second.isEnough).toBe(true);
  });
});

describe('the metrics of heads', () => {
  it('are those of each task, the sum of losses and the means of the rest', () => {
    expect(evaluation(0, 3, 0.75).metrics).toEqual({
      ...{ loss: 4, accuracy: 0.625, macroF1: 0 },
      ...{ 'a.loss': 3, 'a.accuracy': 0.75, 'a.macroF1': 0 },
      ...{ 'b.loss': 1, 'b.accuracy': 0.5, 'b.macroF1': 0 },
    });
  });
});
