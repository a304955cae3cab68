/** A cell's code as it is shown: what stands in its file, less the frame that makes a module of it. */

/** What the file imports, under the name that a reader's own page has for it. */
const publicImport = /^import (\{.*\}) from '.*\/worker\/client\.ts';$/m;

/**
 * The lines between a cell's head and its end, with what it imports of tabgrad before them. Its last `return` hands its
 * variables on to the cells below; in a notebook they are there without it.
 * @param source text of the cell's file: imports, then one `export default async function` of several lines
 */
export function shownCode(source: string): string {
  const lines = source.trimEnd().split('\n');
  const body = lines.slice(lines.findIndex((line) => line.startsWith('export default ')) + 1, -1);
  if (body.at(-1)?.startsWith('  return ')) body.pop();
  const imported = publicImport.exec(source)?.[1];
  return [
    ...(imported ? [`import ${imported} from 'tabgrad/worker';`, ''] : []),
    ...body.map((line) => line.replace(/^ {2}/, '')),
  ].join('\n');
}

export type Kind = 'comment' | 'string' | 'keyword' | 'number' | 'plain';

const words =
  'as|async|await|const|continue|for|from|function|if|import|let|new|of|return|undefined|null|typeof';
const token = new RegExp(
  [
    '(?<comment>//.*)',
    "(?<string>'[^']*'|`[^`]*`)",
    `(?<keyword>\\b(?:${words})\\b)`,
    '(?<number>\\b\\d[\\w.]*(?:-\\d+)?)',
  ].join('|'),
  'g',
);

/** Pieces of a line of code by what they are; joined they are the line. */
export function coloured(line: string): { kind: Kind; text: string }[] {
  const pieces: { kind: Kind; text: string }[] = [];
  let end = 0;
  for (const match of line.matchAll(token)) {
    if (match.index > end) pieces.push({ kind: 'plain', text: line.slice(end, match.index) });
    const [kind] = Object.entries(match.groups!).find(([, text]) => text !== undefined)!;
    pieces.push({ kind: kind as Kind, text: match[0] });
    end = match.index + match[0].length;
  }
  if (end < line.length) pieces.push({ kind: 'plain', text: line.slice(end) });
  return pieces;
}
