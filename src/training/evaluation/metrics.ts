import { ArgumentError } from '../../errors.ts';

/** The quality of one task's predictions. */
export interface Score {
  /** Examples that have a label; the others are left out. */
  count: number;
  /** Part of these whose class was predicted right; NaN where count is 0. */
  accuracy: number;
  /** Mean F1 of the classes that occur in the labels or in the predictions; NaN where count is 0. */
  macroF1: number;
  /** [C × C] row-major: examples by class (row) and by predicted class (column). */
  confusion: Uint32Array<ArrayBuffer>;
}

/**
 * Scores predictions, as scikit-learn does with zero_division = 0.
 * @param predictions [N] classes
 * @param labels [N] classes, −1 for no label
 * @param classes C
 * @throws ArgumentError for lengths that differ, or a class that is none
 * @see https://scikit-learn.org/stable/modules/generated/sklearn.metrics.f1_score.html
 */
export function score(predictions: Int32Array, labels: Int32Array, classes: number): Score {
  expectSame('score', 'predictions', predictions.length, labels.length);
  const confusion = new Uint32Array(classes * classes);
  let count = 0;
  let right = 0;
  labels.forEach((label, i) => {
    expectClass('score', 'labels', label, -1, classes);
    if (label === -1) return;
    const prediction = predictions[i]!;
    expectClass('score', 'predictions', prediction, 0, classes);
    confusion[label * classes + prediction]! += 1;
    count += 1;
    if (label === prediction) right += 1;
  });
  return { count, accuracy: right / count, macroF1: macroF1(confusion, classes), confusion };
}

/** A class's F1 is 2 · hits / (its examples + its predictions). Classes with neither are left out of the mean. */
function macroF1(confusion: Uint32Array, classes: number): number {
  const f1: number[] = [];
  for (let c = 0; c < classes; c++) {
    let either = 0;
    for (let other = 0; other < classes; other++) {
      either += confusion[c * classes + other]! + confusion[other * classes + c]!;
    }
    if (either > 0) f1.push((2 * confusion[c * classes + c]!) / either);
  }
  return f1.reduce((a, b) => a + b, 0) / f1.length;
}

/** Rows of probabilities, [N × C] row-major. */
export interface Probabilities {
  data: Float32Array;
  shape: readonly [n: number, classes: number];
}

/** The likeliest class of each row, the first of equals. */
export function likeliest({ data, shape: [n, classes] }: Probabilities): Int32Array<ArrayBuffer> {
  return Int32Array.from({ length: n }, (_, i) => {
    let best = 0;
    for (let c = 1; c < classes; c++) if (data[i * classes + c]! > data[i * classes + best]!) best = c;
    return best;
  });
}

/** An example whose class was predicted wrong. */
export interface Mistake {
  /** The example's place in the list. */
  index: number;
  label: number;
  predicted: number;
  /** The probability of the predicted class. */
  probability: number;
}

/**
 * The mistakes that were made with the most confidence, the most confident first.
 * @param labels [N] classes, −1 for no label
 * @throws ArgumentError for lengths that differ, or a class that is none
 */
export function worstMistakes(probabilities: Probabilities, labels: Int32Array, most: number): Mistake[] {
  const { data, shape } = probabilities;
  const [n, classes] = shape;
  expectSame('worstMistakes', 'probabilities', n, labels.length);
  const mistakes: Mistake[] = [];
  likeliest(probabilities).forEach((predicted, index) => {
    const label = labels[index]!;
    expectClass('worstMistakes', 'labels', label, -1, classes);
    if (label === -1 || label === predicted) return;
    mistakes.push({ index, label, predicted, probability: data[index * classes + predicted]! });
  });
  return mistakes.sort((a, b) => b.probability - a.probability).slice(0, most);
}

function expectSame(name: string, argument: string, given: number, labels: number): void {
  if (given === labels) return;
  throw new ArgumentError(`${name}(): ${given} ${argument} for ${labels} labels. Give one for each.`, {
    argument,
  });
}

function expectClass(name: string, argument: string, value: number, least: number, classes: number): void {
  if (value >= least && value < classes) return;
  throw new ArgumentError(
    `${name}(): ${argument} has the class ${value}. There are ${classes}: use ${least} to ${classes - 1}.`,
    { argument },
  );
}
