import type { Dataset } from '../../../../worker/client.ts';

/** Headers of a column of texts. */
const title = /^(text|sentence|content|review|comment|message)s?$/i;

/**
 * Whether a file holds one text a line and no table: its first line has one cell, or none of its cells names texts.
 * @param isFile whether it is a .txt file, whose sentences may have commas; what is pasted is a table more often
 */
export function isPlainLines(text: string, isFile: boolean): boolean {
  const first = firstLine(text);
  // The reader of tables refuses what is no text at all.
  if (first === '' || text.includes('\0') || /^[[{]/.test(first) || first.includes('\t')) return false;
  const cells = first.split(/[,;]/).map((cell) => cell.trim().replace(/^"|"$/g, ''));
  return cells.length === 1 || (isFile && !cells.some((cell) => title.test(cell)));
}

/** Whether a file is a table of texts alone, some in quotes. The page saves rows without tasks like that. */
export function isTextColumn(text: string): boolean {
  return title.test(firstLine(text)) && text.includes('"');
}

/** Reads one text a line. The labels are given later, in the table. */
export function readLines(text: string): Dataset {
  // A byte order mark is trimmed like a blank.
  const lines = text.split(/\r\n?|\n/).map((line) => line.trim());
  const texts = lines.filter((line) => line !== '');
  if (texts[0] !== undefined && title.test(texts[0])) texts.shift();
  return { examples: texts.map((text) => ({ text, labels: {} })), tasks: [], rejected: [] };
}

/** The first line that is not blank. */
function firstLine(text: string): string {
  return /\S.*/.exec(text)?.[0].trim() ?? '';
}
