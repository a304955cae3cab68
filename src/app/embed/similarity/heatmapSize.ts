/** The heatmap's measures in pixels, for what draws it and for what lies over it. */

const widest = 520;
const widestCell = 84;
/** For the sentences' numbers, at the top and at the left. */
export const margin = 26;

/** @returns width and height of the whole, which stands in the middle, and of a cell */
export function heatmapSize(n: number, width: number): { size: number; left: number; cell: number } {
  const size = Math.min(widest, margin + n * widestCell, width);
  return { size, left: (width - size) / 2, cell: (size - margin) / n };
}
