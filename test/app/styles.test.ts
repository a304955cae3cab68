import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contrast, parseHex } from '../../src/app/color.ts';

const styles = readFileSync(new URL('../../src/app/styles/base.css', import.meta.url), 'utf8');

/** The custom properties of the first rule with that selector. */
function variables(selector: string): Record<string, string> {
  const rule = styles.slice(styles.indexOf(`${selector} {`)).split('}')[0]!;
  return Object.fromEntries([...rule.matchAll(/--([\w-]+): (#\w{6});/g)].map(([, name, hex]) => [name, hex]));
}

const themes = { light: variables(':root'), dark: variables(':root[data-theme="dark"]') };

/** Text and what it stands on. */
const pairs = [
  ['ink', 'page'],
  ['ink', 'card'],
  ['ink', 'chip'],
  ['muted', 'page'],
  ['muted', 'card'],
  ['accent', 'card'],
  ['error', 'card'],
  ['on-accent', 'accent'],
  ['muted', 'chip'],
  ['good', 'card'],
  ['task-1', 'card'],
  ['task-2', 'card'],
  ['task-3', 'card'],
  ['task-4', 'card'],
  ['on-badge', 'badge'],
  ['on-code', 'code'],
] as const;

describe('the page’s colours', () => {
  it('are the same set in both themes', () => {
    expect(Object.keys(themes.dark)).toEqual(Object.keys(themes.light));
  });

  it.each(
    pairs.flatMap(([text, ground]) => [['light', text, ground] as const, ['dark', text, ground] as const]),
  )('%s: %s on %s has the contrast of WCAG AA', (theme, text, ground) => {
    const of = (name: string) => parseHex(themes[theme][name]!);
    expect(contrast(of(text), of(ground))).toBeGreaterThanOrEqual(4.5);
  });
});
