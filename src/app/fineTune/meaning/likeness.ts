import type { HeldOut } from '../../../worker/client.ts';

/**
 * Mean cosines of pairs of texts with the same label and with different labels; NaN where there is no such pair.
 * The cosines of all pairs of n unit vectors add up to (|sum|² − n) / 2, so the time grows with n, not with n².
 * @param labels of each text; texts without one are left out
 */
export function likeness(
  { data, shape: [n, dimension] }: HeldOut['embeddings'],
  labels: readonly (string | undefined)[],
): Record<'same' | 'different', number> {
  const all = new Float64Array(dimension);
  const sums = new Map<string, { sum: Float64Array; count: number }>();
  let count = 0;
  for (let i = 0; i < n; i++) {
    const label = labels[i];
    if (label === undefined) continue;
    const row = data.subarray(i * dimension, (i + 1) * dimension);
    const length = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0));
    if (!(length > 0)) continue;
    const of = sums.get(label) ?? { sum: new Float64Array(dimension), count: 0 };
    sums.set(label, of);
    of.count += 1;
    count += 1;
    for (let j = 0; j < dimension; j++) {
      of.sum[j]! += row[j]! / length;
      all[j]! += row[j]! / length;
    }
  }
  const squared = (vector: Float64Array) => vector.reduce((sum, x) => sum + x * x, 0);
  let sameTotal = 0;
  let samePairs = 0;
  for (const of of sums.values()) {
    sameTotal += (squared(of.sum) - of.count) / 2;
    samePairs += (of.count * (of.count - 1)) / 2;
  }
  const pairs = (count * (count - 1)) / 2;
  const total = (squared(all) - count) / 2;
  return { same: sameTotal / samePairs, different: (total - sameTotal) / (pairs - samePairs) };
}
