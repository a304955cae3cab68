import { readFileSync } from 'node:fs';

const styles = readFileSync(new URL('../../src/app/styles/base.css', import.meta.url), 'utf8');

/** The custom properties of the first rule with that selector. */
function variables(selector: string): Record<string, string> {
  const rule = styles.slice(styles.indexOf(`${selector} {`)).split('}')[0]!;
  return Object.fromEntries([...rule.matchAll(/--([\w-]+): (#\w{6});/g)].map(([, name, hex]) => [name, hex]));
}

/** The page's colours by name. */
export const themes = { light: variables(':root'), dark: variables(':root[data-theme="dark"]') };
