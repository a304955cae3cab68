import type { Dataset } from '../../../../worker/client.ts';

/** A header that says texts are below. */
const title = /^(text|sentence|content|review|comment|message)s?$/i;

/**
 * Whether a text is one text a line and no table: its first line has no second cell, or none of its cells names texts.
 * @param isFile a .txt file, whose sentences may have commas; a table without the usual names is pasted more often
 */
export function isPlainLines(text: string, isFile: boolean): boolean {
  const first = (/\S.*/.exec(text)?.[0] ?? '').trim();
  // What is no text at all is refused by the reader of tables.
  if (first === '' || text.includes('\0') || /^[[{]/.test(first) || first.includes('\t')) return false;
  const cells = first.split(/[,;]/).map((cell) => cell.trim().replace(/^"|"$/g, ''));
  return cells.length === 1 || (isFile && !cells.some((cell) => title.test(cell)));
}

/** Whether a file is a table of texts alone, some in quotes: as the page saves rows that have no task yet. */
export function isTextColumn(text: string): boolean {
  const [first = ''] = text
    .replace(/^\ufeff/, '')
    .trimStart()
    .split(/\r\n?|\n/, 1);
  return title.test(first.trim()) && text.includes('"');
}

/** Texts without labels, one a line: those are given in the table. */
export function readLines(text: string): Dataset {
  const lines = text
    .replace(/^\ufeff/, '')
    .split(/\r\n?|\n/)
    .map((line) => line.trim());
  const texts = lines.filter((line) => line !== '');
  if (texts[0] !== undefined && title.test(texts[0])) texts.shift();
  return { examples: texts.map((text) => ({ text, labels: {} })), tasks: [], rejected: [] };
}
