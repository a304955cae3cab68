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

const words =
  'as|async|await|const|continue|for|from|function|if|import|let|new|of|return|undefined|null|typeof';

/** The beginnings of pieces of code that get one colour, by their kind. */
const kinds = { comment: /^\/\//, string: /^['`]/, number: /^\d/, keyword: /^[a-z]/ };
const token = new RegExp(`(//.*|'[^']*'|\`[^\`]*\`|\\b(?:${words})\\b|\\b\\d[\\w.]*(?:-\\d+)?)`);

/** Splits a line of code into pieces that are coloured alike. Joined they are the line. */
export function coloured(line: string): { kind: string; text: string }[] {
  const pieces = line.split(token).map((text, i) => {
    // Every second piece is a token; the others lie between tokens.
    const known = i % 2 === 1 && Object.entries(kinds).find(([, start]) => start.test(text));
    return { kind: known ? known[0] : 'plain', text };
  });
  return pieces.filter(({ text }) => text !== '');
}
