/** Colours that runs have, those of labels; with more runs they begin again. */
const colors = 8;

/** The colour of a run where several are on the chart, as CSS. */
export function runColor(id: number): string {
  return `var(--label-${((id - 1) % colors) + 1})`;
}
