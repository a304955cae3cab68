/** Height of a map in pixels; its width is that of its place. */
export const mapHeight = 380;

/** Pixels around the outermost points, for a dot and a part of its label. */
const padding = 26;

/**
 * Fits points into a frame, in the middle and with the same scale in both directions.
 * @param points x and y of each: [n, 2], y upwards
 * @returns pixels from the frame's upper left corner: [n, 2], y downwards
 */
export function toPixels(points: Float32Array, width: number, height: number): Float32Array {
  const [left, right] = range(points, 0);
  const [bottom, top] = range(points, 1);
  const scale = Math.min((width - 2 * padding) / (right - left), (height - 2 * padding) / (top - bottom));
  // Points that are all in one place lie in the middle.
  const by = Number.isFinite(scale) ? Math.max(0, scale) : 0;
  return points.map((value, i) =>
    i % 2 === 0
      ? width / 2 + (value - (left + right) / 2) * by
      : height / 2 - (value - (bottom + top) / 2) * by,
  );
}

function range(points: Float32Array, axis: 0 | 1): [number, number] {
  const values = points.filter((_, i) => i % 2 === axis);
  return [Math.min(...values), Math.max(...values)];
}

/** Finds the point nearest to a place in the frame; undefined where none is within `reach` pixels. */
export function nearestPoint(pixels: Float32Array, x: number, y: number, reach: number): number | undefined {
  let nearest: number | undefined;
  let least = reach * reach;
  for (let i = 0; i < pixels.length / 2; i++) {
    const distance = (pixels[2 * i]! - x) ** 2 + (pixels[2 * i + 1]! - y) ** 2;
    if (distance > least) continue;
    least = distance;
    nearest = i;
  }
  return nearest;
}
