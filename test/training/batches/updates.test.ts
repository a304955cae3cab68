import { describe, expect, it } from 'vitest';
import type { TokenizedExample } from '../../../src/training/batches/tokenizedExample.ts';
import { Updates } from '../../../src/training/batches/updates.ts';
import { checkTrainerOptions } from '../../../src/training/options/resolvedOptions.ts';

const heads = [{ name: 'topic', labels: ['a', 'b'] }];
const count = 10;
const examples = Array.from({ length: count }, (_, i) => ({ text: `${i}`, labels: { topic: i % 2 } }));
const held = [{ text: 'held out', labels: { topic: 0 } }];

function updates(options: object = {}): Updates {
  return new Updates(checkTrainerOptions({ examples, batchSize: 2, epochs: 2, seed: 3, ...options }, heads));
}

/** Example i has i + 1 tokens. */
const training = examples.map(({ text, labels }, index): TokenizedExample => {
  return { index, texts: { text }, targets: labels, ids: { text: Array<number>(index + 1).fill(7) } };
});
const tokensOf = (batches: readonly (readonly TokenizedExample[])[]) =>
  batches.flat().reduce((sum, { ids }) => sum + ids.text!.length, 0);

describe('the updates of a run', () => {
  it('are as many as batches, or groups of them', () => {
    expect(updates()).toMatchObject({ perEpoch: 5, total: 10 });
    expect(updates({ accumulate: 2 })).toMatchObject({ perEpoch: 3, total: 6 });
    expect(updates({ batchSize: 'all' })).toMatchObject({ perEpoch: 1, total: 2 });
  });

  it('take every example once an epoch, in another order each', () => {
    const made = updates({ accumulate: 2 });
    const [first, second] = [0, 1].map((epoch) =>
      made.ofEpoch(epoch).flatMap((u) => u.flatMap((b) => [...b])),
    );
    for (const order of [first!, second!])
      expect([...order].sort((a, b) => a - b)).toEqual(examples.map((_, i) => i));
    expect(first).not.toEqual(second);
  });

  it('are known by their tokens: the largest of all epochs, the one in the middle of the first', () => {
    const made = updates();
    const sizes = (epoch: number) =>
      made
        .ofEpoch(epoch)
        .map((update) => tokensOf(update.map((batch) => [...batch].map((i) => training[i]!))));
    expect(tokensOf(made.largest(training))).toBe(Math.max(...sizes(0), ...sizes(1)));
    expect(tokensOf(made.middling(training))).toBe(sizes(0).sort((a, b) => a - b)[2]);
  });

  it('are followed by evaluations at the end of an epoch and each so many, never twice at one', () => {
    const stepsWith = (options: object) => {
      const made = updates(options);
      return Array.from({ length: made.total }, (_, i) => i + 1).filter((step) => made.isEvaluated(step));
    };
    expect(stepsWith({ evaluation: held })).toEqual([5, 10]);
    expect(stepsWith({ evaluation: { examples: held, everySteps: 2 } })).toEqual([2, 4, 5, 6, 8, 10]);
    expect(stepsWith({ evaluation: { examples: held, everySteps: 5 } })).toEqual([5, 10]);
    expect(stepsWith({ evaluation: { examples: held, everySteps: 99 } })).toEqual([5, 10]);
  });

  it('count the evaluation before the first, and none where nothing is held out', () => {
    expect(updates().evaluations).toBe(0);
    expect(updates({ evaluation: held }).evaluations).toBe(3);
    expect(updates({ evaluation: { examples: held, everySteps: 2 } }).evaluations).toBe(7);
    for (const everySteps of [1, 2, 3, 4, 5, 6, 10, 15, 99]) {
      const made = updates({ epochs: 6, evaluation: { examples: held, everySteps } });
      const steps = Array.from({ length: made.total }, (_, i) => i + 1).filter((i) => made.isEvaluated(i));
      expect(made.evaluations, `every ${everySteps}`).toBe(1 + steps.length);
    }
  });

  it('of a run without end are counted at once', () => {
    const epochs = Number.MAX_SAFE_INTEGER;
    const made = updates({ epochs: 2 ** 40, evaluation: { examples: held, everySteps: 7 } });
    expect(made.evaluations).toBeGreaterThan(2 ** 40);
    expect(tokensOf(updates({ epochs }).largest(training))).toBeLessThanOrEqual(19);
  });
});
