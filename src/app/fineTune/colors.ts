import { columns } from './examples/state.ts';
import { headsOfRun } from './what/state.ts';

/** Colours of labels and runs in `labelColors.css`, and of tasks; with more of them the colours begin again. */
const labelColors = 8;
const taskColors = 4;

/** The colour of a task's label. It reads as text (WCAG AA) on a card and on its own chip. */
export function labelColor(task: string, label: string): string {
  const i = placeOf(task, label);
  return i < 0 ? 'var(--muted)' : `var(--label-${(i % labelColors) + 1})`;
}

/** A chip with a label on it: its colour on a tint of it. Made for the style property of an element. */
export function labelChip(task: string, label: string): { color: string; background: string } {
  const color = labelColor(task, label);
  return { color, background: `color-mix(in srgb, ${color} 12%, var(--card))` };
}

export function runColor(id: number): string {
  return `var(--label-${((id - 1) % labelColors) + 1})`;
}

export function taskColor(task: string): string {
  const i = [...headsOfRun.value.keys()].indexOf(task);
  return `var(--task-${(Math.max(0, i) % taskColors) + 1})`;
}

export function swatch(task: string): { background: string } {
  return { background: taskColor(task) };
}

/** Percent of its colour in the strongest cell of the confusion: text reads on it in both themes (WCAG AA). */
export const strongest = 42;

/** The background of a cell of the confusion. @param share of the row's texts, 0 to 1; NaN where the row has none */
export function shade(share: number, isRight: boolean): string | undefined {
  if (!(share > 0)) return undefined;
  const percent = Math.round(8 + (strongest - 8) * share);
  return `color-mix(in srgb, var(${isRight ? '--accent' : '--error'}) ${percent}%, var(--card))`;
}

/**
 * The number of a label. It counts on from task to task, in the order in which labels first appeared, so that the
 * first tasks differ in all colours, and it stays when texts change. Of a task that only a head knows it is the
 * head's own.
 */
function placeOf(task: string, label: string): number {
  let before = 0;
  for (const { name, labels } of columns.value) {
    if (name === task) {
      const i = labels.indexOf(label);
      if (i >= 0) return before + i;
    }
    // A task with very many labels shows as many of them as there are colours.
    before += Math.min(labels.length, labelColors);
  }
  return headsOfRun.value.get(task)?.indexOf(label) ?? -1;
}
