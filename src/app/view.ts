import { signal } from '@preact/signals';

/** The page's views by the hash that shows them. */
export const views = {
  embed: 'Embed',
  'fine-tune': 'Fine-tune',
  'take-away': 'Take away',
  notebook: 'Notebook',
} as const;

export type View = keyof typeof views;

export const view = signal<View>('embed');

/** Views that have been shown. They stay on the page, hidden, with all that was written in them. */
export const visited = signal<ReadonlySet<View>>(new Set());

/** Shows a view; the first one where there is none of that name. */
export function show(name: string): void {
  const before = view.value;
  view.value = Object.hasOwn(views, name) ? (name as View) : 'embed';
  visited.value = new Set([...visited.value, view.value]);
  if (view.value !== before) scrollTo({ top: 0 });
}
