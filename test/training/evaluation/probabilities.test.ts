import { describe, expect, it } from 'vitest';
import { crossEntropy, softmaxRows } from '../../../src/training/evaluation/probabilities.ts';

describe('softmaxRows()', () => {
  it('makes each row add up to one, whatever its size', () => {
    const data = softmaxRows(new Float32Array([0, Math.log(3), 1000, 1000, -2000, -1000]), 2);
    const expected = [0.25, 0.75, 0.5, 0.5, 0, 1];
    data.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 6);
    });
  });

  it('keeps a row that is not finite to itself', () => {
    const data = softmaxRows(new Float32Array([Number.NaN, 0, 0, 0]), 2);
    expect(data[0]).toBeNaN();
    expect([...data.subarray(2)]).toEqual([0.5, 0.5]);
  });
});

describe('crossEntropy()', () => {
  it('is the mean of −log p over the rows that have a label', () => {
    const logits = new Float32Array([0, Math.log(3), 5, 5, 0, 0]);
    const expected = (Math.log(4) + Math.log(2)) / 2;
    expect(crossEntropy(logits, Int32Array.from([0, -1, 1]), 2)).toBeCloseTo(expected, 6);
  });
});
