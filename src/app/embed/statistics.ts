/** PyTorch's `mean()` and `std()`, which is unbiased: over n − 1. @param values at least 2 */
export function statistics(values: Float32Array): { mean: number; deviation: number } {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}
