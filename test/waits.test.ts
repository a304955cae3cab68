import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));
/** Of the tests and their support; the last waits where nothing else is possible, and says why. */
const files = readdirSync(here, { recursive: true, encoding: 'utf8' }).filter(
  (path) => /\.tsx?$/.test(path) && path !== 'waits.test.ts' && path !== 'support/waiting.ts',
);

/** Lines of the tests in which a pattern is found, with the place of each. */
function linesWith(pattern: RegExp): string[] {
  return files.flatMap((path) =>
    readFileSync(`${here}${path}`, 'utf8')
      .split('\n')
      .flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : [])),
  );
}

it('no test waits for a time', () => {
  // A timer that is given as text is what a page is to refuse.
  expect(linesWith(/\bsetTimeout\((?!')|waitForTimeout|timers\/promises|\b(?:sleep|delay)\(/)).toEqual([]);
});

it('no test has a time limit of its own, or a second chance', () => {
  expect(linesWith(/\b(?:timeout|testTimeout|hookTimeout): (?!hang\b)/)).toEqual([]);
  expect(linesWith(/setDefault\w*Timeout\((?!hang\))|\bretry: \d/)).toEqual([]);
});
