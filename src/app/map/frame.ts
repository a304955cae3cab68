/** Room around the outermost points for a dot and a part of its label, in pixels. */
const padding = { x: 26, y: 26 };

/**
 * Fits points into a frame, in the middle and with the same scale both ways: a distance is one whichever way it goes.
 * @param points x and y of each: [n, 2], y upwards
 * @returns pixels from the frame's upper left corner: [n, 2], y downwards
 */
export function toPixels(points: Float32Array, width: number, height: number): Float32Array {
  const [left, right] = range(points, 0);
  const [bottom, top] = range(points, 1);
  const scale = Math.min((width - 2 * padding.x) / (right - left), (height - 2 * padding.y) / (top - bottom));
  // All in one place: in the middle.
  const by = Number.isFinite(scale) ? Math.max(0, scale) : 0;
  return points.map((value, i) =>
    i % 2 === 0
      ? width / 2 + (value - (left + right) / 2) * by
      : height / 2 - (value - (bottom + top) / 2) * by,
  );
}

function range(points: Float32Array, from: number): [number, number] {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = from; i < points.length; i += 2) {
    least = Math.min(least, points[i]!);
    most = Math.max(most, points[i]!);
  }
  return [least, most];
}

/** The point nearest to a place in the frame, within `reach` pixels; undefined where there is none. */
export function nearestPoint(pixels: Float32Array, x: number, y: number, reach: number): number | undefined {
  let best: number | undefined;
  let least = reach * reach;
  for (let i = 0; i < pixels.length / 2; i++) {
    const distance = (pixels[2 * i]! - x) ** 2 + (pixels[2 * i + 1]! - y) ** 2;
    if (distance > least) continue;
    least = distance;
    best = i;
  }
  return best;
}
