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

/** Views that have been shown: they stay, hidden, with all that was written in them. */
export const visited = signal<ReadonlySet<View>>(new Set());

/** Follows the address: a link, a reload and the Back button all lead to the same view. */
export function startViews(): void {
  const follow = () => {
    const name = location.hash.slice(1).split('?')[0]!;
    view.value = Object.hasOwn(views, name) ? (name as View) : 'embed';
    visited.value = new Set([...visited.value, view.value]);
  };
  follow();
  addEventListener('hashchange', () => {
    const before = view.value;
    follow();
    if (view.value !== before) scrollTo({ top: 0 });
  });
}
