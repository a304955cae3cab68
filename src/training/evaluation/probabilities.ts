/** Mean cross-entropy of the rows of logits, [N × C], that have a label (−1 is none); there must be one. */
export function crossEntropy(logits: Float32Array, labels: Int32Array, classes: number): number {
  let sum = 0;
  let count = 0;
  labels.forEach((label, row) => {
    if (label === -1) return;
    const values = logits.subarray(row * classes, (row + 1) * classes);
    const highest = Math.max(...values);
    sum += highest - values[label]! + Math.log(values.reduce((total, x) => total + Math.exp(x - highest), 0));
    count += 1;
  });
  return sum / count;
}

/** Softmax of each row. @param logits [N × C] row-major @returns probabilities in the same shape */
export function softmaxRows(logits: Float32Array, classes: number): Float32Array<ArrayBuffer> {
  const probabilities = new Float32Array(logits.length);
  for (let start = 0; start < logits.length; start += classes) {
    const values = logits.subarray(start, start + classes);
    const highest = Math.max(...values);
    const sum = values.reduce((total, x) => total + Math.exp(x - highest), 0);
    values.forEach((x, c) => {
      probabilities[start + c] = Math.exp(x - highest) / sum;
    });
  }
  return probabilities;
}
