import { effect, signal } from '@preact/signals';
import { readStored, writeStored } from './stored.ts';

const key = 'tabgrad.theme';

/** The theme in force: the reader's choice, else the system's. */
export const theme = signal<'light' | 'dark'>('light');

/** Follows the system until the reader chooses, and writes the theme to the page. */
export function startTheme(): void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const follow = () => {
    const choice = readStored(key);
    theme.value = choice === 'light' || choice === 'dark' ? choice : system.matches ? 'dark' : 'light';
  };
  follow();
  system.addEventListener('change', follow);
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
}

export function toggleTheme(): void {
  theme.value = theme.value === 'dark' ? 'light' : 'dark';
  writeStored(key, theme.value);
}
