const widest = 520;
const widestCell = 84;
/** Room for the numbers of the sentences, at the top and at the left. */
export const margin = 26;

/** @returns the side of the whole, its distance from the left, as it stands in the middle, and the side of a cell */
export function heatmapSize(n: number, width: number): { size: number; left: number; cell: number } {
  const size = Math.min(widest, margin + n * widestCell, width);
  return { size, left: (width - size) / 2, cell: (size - margin) / n };
}
