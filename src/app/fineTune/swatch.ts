import { headsOfRun } from './what/state.ts';

/** Colours that tasks have; with more tasks they begin again. */
const colors = 4;

/** The colour of a task, as CSS: the same wherever the task is shown. */
export function taskColor(task: string): string {
  const i = [...headsOfRun.value.keys()].indexOf(task);
  return `var(--task-${(Math.max(0, i) % colors) + 1})`;
}

export function swatch(task: string): { background: string } {
  return { background: taskColor(task) };
}
