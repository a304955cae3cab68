import { effect, signal } from '@preact/signals';

export type Theme = 'light' | 'dark';

const key = 'tabgrad.theme';

/** The theme in force: the reader's choice, else the system's. */
export const theme = signal<Theme>('light');

/** Follows the system until the reader chooses, and writes the theme to the page. */
export function startTheme(): void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const ofSystem = (): Theme => (system.matches ? 'dark' : 'light');
  theme.value = stored() ?? ofSystem();
  system.addEventListener('change', () => {
    theme.value = stored() ?? ofSystem();
  });
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
  });
}

export function toggleTheme(): void {
  theme.value = theme.value === 'dark' ? 'light' : 'dark';
  try {
    localStorage.setItem(key, theme.value);
  } catch {
    // Storage is switched off: the choice holds until the page is left.
  }
}

function stored(): Theme | undefined {
  try {
    const value = localStorage.getItem(key);
    return value === 'light' || value === 'dark' ? value : undefined;
  } catch {
    return undefined;
  }
}
