import { columns } from './examples/state.ts';
import { headsOfRun } from './what/state.ts';

/** Colours that labels have, in `labelColors.css`; with more labels they begin again. */
const colors = 8;

/**
 * The colour of a task's label, as CSS: the same wherever the label is shown, in cells, bars, dots and matrices. It reads
 * as text (WCAG AA) on a card and on its own chip.
 */
export function labelColor(task: string, label: string): string {
  const i = placeOf(task, label);
  return i < 0 ? 'var(--muted)' : `var(--label-${(i % colors) + 1})`;
}

/** A chip with a label on it: its colour on a tint of it. Made for the style property of an element. */
export function labelChip(task: string, label: string): { color: string; background: string } {
  const color = labelColor(task, label);
  return { color, background: `color-mix(in srgb, ${color} 12%, var(--card))` };
}

/**
 * Labels count through the tasks, in the order in which they first appeared, so that the first tasks differ in all
 * colours. A label's number stays when texts change; of a task that only a head of earlier examples knows it is the head's.
 */
function placeOf(task: string, label: string): number {
  let before = 0;
  for (const { name, labels } of columns.value) {
    if (name === task) {
      const i = labels.indexOf(label);
      if (i >= 0) return before + i;
    }
    // Of a task with very many labels only as many count as there are colours.
    before += Math.min(labels.length, colors);
  }
  return headsOfRun.value.get(task)?.indexOf(label) ?? -1;
}
