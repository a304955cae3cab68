import { ArgumentError } from '../errors.ts';

/**
 * Names of parameters by pattern: a RegExp, or a glob over the whole name in which `*` is any run of characters, dots
 * included, and `{a,b}` is one of several: 'encoder.layer.{0,1}.*'.
 */
export type Pattern = string | RegExp;

/** More alternatives than this are no list that somebody wrote. */
const MOST_ALTERNATIVES = 10_000;

/**
 * The names that a pattern matches, in their order; at least one.
 * @param argument what the pattern was given as, for the error
 * @throws ArgumentError naming the pattern and the names most like it, if it matches none or is no pattern
 */
export function matchPattern(pattern: Pattern, names: readonly string[], argument: string): string[] {
  const matches = matcher(pattern, argument);
  const matched = names.filter(matches);
  if (matched.length > 0) return matched;
  const like = names.length > 0 ? `Names like it: ${nearest(pattern, names).join(', ')}.` : 'There are none.';
  throw new ArgumentError(
    `${argument}: the pattern ${shown(pattern)} matches none of the ${names.length} parameters. ${like}`,
    { argument, pattern: String(pattern) },
  );
}

/** All names that any of the patterns matches. @throws ArgumentError for a pattern that matches none */
export function matchPatterns(
  patterns: readonly Pattern[],
  names: readonly string[],
  argument: string,
): Set<string> {
  if (!Array.isArray(patterns)) throw notA('a list of patterns', patterns, argument);
  return new Set(patterns.flatMap((pattern) => matchPattern(pattern, names, argument)));
}

/**
 * The value that rules give to each name: the last rule that matches wins. A name without a rule is left out.
 * @throws ArgumentError for a pattern that matches none
 */
export function lastMatches<T>(
  rules: readonly (readonly [Pattern, T])[],
  names: readonly string[],
  argument: string,
): Map<string, T> {
  const values = new Map<string, T>();
  for (const rule of rules) {
    if (!Array.isArray(rule) || rule.length !== 2) throw notA('a pair [pattern, value]', rule, argument);
    for (const name of matchPattern(rule[0], names, argument)) values.set(name, rule[1]);
  }
  return values;
}

function matcher(pattern: Pattern, argument: string): (name: string) => boolean {
  // search() leaves lastIndex alone, which test() moves on where the expression has the flag g or y.
  if (pattern instanceof RegExp) return (name) => name.search(pattern) !== -1;
  if (typeof pattern !== 'string') throw notA('a glob or a RegExp', pattern, argument);
  const globs = alternatives(pattern, argument).map((glob) => glob.split('*'));
  return (name) => globs.some((pieces) => hasPieces(name, pieces));
}

/** A glob without braces, as the pieces between its stars. Each piece is looked for once: no backtracking. */
function hasPieces(name: string, pieces: readonly string[]): boolean {
  const [first, last] = [pieces[0]!, pieces.at(-1)!];
  if (pieces.length === 1) return name === first;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  let end = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const at = name.indexOf(piece, end);
    if (at === -1) return false;
    end = at + piece.length;
  }
  return end + last.length <= name.length;
}

/** 'a.{b,c}' → 'a.b', 'a.c'; braces may be nested. */
function alternatives(pattern: string, argument: string): string[] {
  let globs = [pattern];
  for (;;) {
    const braces = globs.map((glob) => /\{([^{}]*)\}/.exec(glob));
    if (braces.every((found) => found === null)) break;
    globs = globs.flatMap((glob, i) => {
      const found = braces[i];
      if (!found) return [glob];
      const [before, after] = [glob.slice(0, found.index), glob.slice(found.index + found[0].length)];
      return found[1]!.split(',').map((choice) => before + choice + after);
    });
    if (globs.length > MOST_ALTERNATIVES) {
      throw new ArgumentError(
        `${argument}: the pattern ${shown(pattern)} stands for more than ${MOST_ALTERNATIVES} globs. Use a RegExp.`,
        { argument, pattern },
      );
    }
  }
  if (globs.some((glob) => /[{}]/.test(glob))) {
    throw new ArgumentError(
      `${argument}: the pattern ${shown(pattern)} has a brace without its partner. Write alternatives as {a,b}.`,
      { argument, pattern },
    );
  }
  return globs;
}

/** Three names that begin and end most like a pattern; for a RegExp the first three. */
function nearest(pattern: Pattern, names: readonly string[]): string[] {
  const text = typeof pattern === 'string' ? pattern : '';
  const reversed = [...text].reverse().join('');
  const likeness = (name: string) =>
    commonStart(text, name) + commonStart(reversed, [...name].reverse().join(''));
  return names
    .map((name) => ({ name, likeness: likeness(name) }))
    .sort((a, b) => b.likeness - a.likeness)
    .slice(0, 3)
    .map(({ name }) => name);
}

function commonStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return length;
}

function shown(pattern: Pattern): string {
  const text = typeof pattern === 'string' ? `"${pattern}"` : String(pattern);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}

function notA(expected: string, given: unknown, argument: string): ArgumentError {
  return new ArgumentError(`${argument}: expected ${expected}, got ${String(given)}.`, { argument });
}
