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
  const turned: [number, number] = [xx + yy, xy - yx];
  const mirrored: [number, number] = [xx - yy, xy + yx];
  const isMirrored = Math.hypot(...mirrored) > Math.hypot(...turned);
  const [u, v] = isMirrored ? mirrored : turned;
  const length = Math.hypot(u, v);
  if (length === 0) return points.slice();
  const [c, s, sign] = [u / length, v / length, isMirrored ? -1 : 1];
  const result = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    const x = points[i]!;
    const y = sign * points[i + 1]!;
    result[i] = c * x - s * y;
    result[i + 1] = s * x + c * y;
  }
  return result;
}
