import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../src/errors.ts';
import { likeliest, score, worstMistakes } from '../../../src/training/evaluation/metrics.ts';

/**
 * Of scikit-learn 1.9.1: accuracy_score, f1_score(average='macro', zero_division=0), confusion_matrix, without the
 * −1.
 */
const sklearn: {
  labels: number[];
  predictions: number[];
  classes: number;
  accuracy: number;
  macroF1: number;
  confusion: number[];
}[] = [
  {
    labels: [0, 0, 1, 1, 2, 2, 2, -1],
    predictions: [0, 1, 1, 1, 2, 0, 2, 1],
    classes: 3,
    accuracy: 0.7142857142857143,
    macroF1: 0.7000000000000001,
    confusion: [1, 1, 0, 0, 2, 0, 1, 0, 2],
  },
  {
    // Class 4 is nowhere, 2 only predicted, 3 never told.
    labels: [0, 0, 1, -1, 1, 3],
    predictions: [0, 2, 1, 0, 1, 1],
    classes: 5,
    accuracy: 0.6,
    macroF1: 0.3666666666666667,
    confusion: [1, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
  },
  {
    labels: [1, 1, 1, 1],
    predictions: [1, 1, 1, 1],
    classes: 2,
    accuracy: 1,
    macroF1: 1,
    confusion: [0, 0, 0, 4],
  },
  {
    labels: [0, 1, 0, 1],
    predictions: [1, 0, 1, 0],
    classes: 2,
    accuracy: 0,
    macroF1: 0,
    confusion: [0, 2, 2, 0],
  },
  {
    labels: [
      3, 2, 2, 3, 1, 2, 3, 0, -1, 0, 0, 3, 3, -1, 1, 3, -1, 2, -1, 1, 3, 0, 0, 0, 2, 0, 3, 1, 1, 1, 1, 1, 1,
      3, 3, 2, 2, 2, 0, 3,
    ],
    predictions: [
      3, 2, 1, 3, 1, 2, 3, 0, 2, 0, 0, 3, 3, 0, 3, 3, 0, 2, 3, 1, 3, 2, 0, 1, 1, 3, 3, 1, 1, 0, 1, 1, 1, 3, 3,
      2, 3, 2, 1, 3,
    ],
    classes: 4,
    accuracy: 0.75,
    macroF1: 0.7274175824175824,
    confusion: [4, 2, 1, 1, 1, 7, 0, 1, 0, 2, 5, 1, 0, 0, 0, 11],
  },
];

describe('score()', () => {
  it.each(sklearn)('is as scikit-learn for $labels', (expected) => {
    const { labels, predictions, classes } = expected;
    const made = score(Int32Array.from(predictions), Int32Array.from(labels), classes);
    expect(made.count).toBe(labels.filter((label) => label >= 0).length);
    expect(made.accuracy).toBeCloseTo(expected.accuracy, 14);
    expect(made.macroF1).toBeCloseTo(expected.macroF1, 14);
    expect([...made.confusion]).toEqual(expected.confusion);
  });

  it('knows no accuracy where nothing has a label', () => {
    const none = score(Int32Array.of(0, 1), Int32Array.of(-1, -1), 2);
    expect(none).toMatchObject({ count: 0, accuracy: Number.NaN, macroF1: Number.NaN });
    expect(score(new Int32Array(0), new Int32Array(0), 2).accuracy).toBeNaN();
  });

  it('does not look at the predictions of what has no label', () => {
    expect(score(Int32Array.of(0, -5), Int32Array.of(0, -1), 2).accuracy).toBe(1);
  });

  it.each<[string, number[], number[], RegExp]>([
    ['lengths that differ', [0, 1], [0], /2 predictions for 1 labels/],
    ['a label beyond the classes', [0], [2], /labels has the class 2\. There are 2: use -1 to 1/],
    ['a label below −1', [0], [-2], /labels has the class -2/],
    ['a prediction beyond the classes', [2], [0], /predictions has the class 2.*use 0 to 1/],
    ['a prediction of −1', [-1], [0], /predictions has the class -1/],
  ])('refuses %s', (_, predictions, labels, message) => {
    const scoring = () => score(Int32Array.from(predictions), Int32Array.from(labels), 2);
    expect(scoring).toThrow(ArgumentError);
    expect(scoring).toThrow(message);
  });
});

describe('likeliest() and worstMistakes()', () => {
  const probabilities = {
    data: Float32Array.of(0.5, 0.5, 0, 0.25, 0.125, 0.625, 0.125, 0.75, 0.125, 1, 0, 0, 0.125, 0, 0.875),
    shape: [5, 3] as const,
  };

  it('takes the first of equals', () => {
    expect([...likeliest(probabilities)]).toEqual([0, 2, 1, 0, 2]);
  });

  it('lists what was told wrong, the most confident first', () => {
    const labels = Int32Array.of(1, 0, 1, 2, -1);
    const mistakes = [
      { index: 3, label: 2, predicted: 0, probability: 1 },
      { index: 1, label: 0, predicted: 2, probability: 0.625 },
      { index: 0, label: 1, predicted: 0, probability: 0.5 },
    ];
    expect(worstMistakes(probabilities, labels, 10)).toEqual(mistakes);
    expect(worstMistakes(probabilities, labels, 2)).toEqual(mistakes.slice(0, 2));
    expect(worstMistakes(probabilities, likeliest(probabilities), 10)).toEqual([]);
  });

  it('has as many mistakes as the accuracy says', () => {
    const rows = fc.array(
      fc.tuple(
        fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
        fc.integer({ min: -1, max: 2 }),
      ),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(rows, (rows) => {
        const data = Float32Array.from(rows.flatMap(([row]) => row));
        const labels = Int32Array.from(rows.map(([, label]) => label));
        const given = { data, shape: [rows.length, 3] as const };
        const { count, accuracy } = score(likeliest(given), labels, 3);
        const mistakes = worstMistakes(given, labels, rows.length);
        if (count > 0) expect(accuracy).toBeCloseTo(1 - mistakes.length / count, 12);
        const confidence = mistakes.map(({ probability }) => probability);
        expect(confidence).toEqual([...confidence].sort((a, b) => b - a));
      }),
      { seed: 41, numRuns: 200 },
    );
  });

  it('refuses another number of labels', () => {
    expect(() => worstMistakes(probabilities, Int32Array.of(0), 1)).toThrow(/5 probabilities for 1 labels/);
  });
});
