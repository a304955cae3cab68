/** The import of tabgrad in a cell's file. */
const publicImport = /^import (\{.*\}) from '.*\/worker\/client\.ts';$/m;

/**
 * A cell's code as it is shown: its import of tabgrad and the body of its function. The last `return`, which hands
 * variables to the cells below, is left out, as in a notebook they are there without it.
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

type Kind = 'comment' | 'string' | 'keyword' | 'number' | 'plain';

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

/** Splits a line of code into pieces that are coloured alike. Joined they are the line. */
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
