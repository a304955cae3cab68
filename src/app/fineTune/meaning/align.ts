/**
 * Turns points, or mirrors and turns them, about the origin so that they lie as near to others as possible. So a
 * picture whose axes have no meaning changes as little as possible.
 * @param points x and y of each: [n, 2]
 * @param others as many
 * @see Schönemann 1966, https://doi.org/10.1007/BF02289451 (orthogonal Procrustes, here in the plane)
 */
export function align(points: Float32Array, others: Float32Array): Float32Array {
  // Sums of x·x', y·y', x·y' and y·x'.
  const sums = { xx: 0, yy: 0, xy: 0, yx: 0 };
  for (let i = 0; i < points.length; i += 2) {
    const [x, y, u, v] = [points[i]!, points[i + 1]!, others[i]!, others[i + 1]!];
    sums.xx += x * u;
    sums.yy += y * v;
    sums.xy += x * v;
    sums.yx += y * u;
  }
  const { xx, yy, xy, yx } = sums;
  const turned = Math.hypot(xx + yy, xy - yx);
  const mirrored = Math.hypot(xx - yy, xy + yx);
  if (turned === 0 && mirrored === 0) return points.slice();
  const isMirrored = mirrored > turned;
  const [c, s] = isMirrored
    ? [(xx - yy) / mirrored, (xy + yx) / mirrored]
    : [(xx + yy) / turned, (xy - yx) / turned];
  const sign = isMirrored ? -1 : 1;
  const result = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i]!;
    const y = sign * points[i + 1]!;
    result[i] = c * x - s * y;
    result[i + 1] = s * x + c * y;
  }
  return result;
}
