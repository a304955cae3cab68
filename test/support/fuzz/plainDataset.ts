/** What a plain reader makes of a file of examples. */
export interface PlainDataset {
  examples: { text: string; labels: [task: string, label: string][] }[];
  /** Whether that is all: behind a quote that is not closed right, everything may be read in more ways than one. */
  isWhole: boolean;
}

/**
 * Reads examples a character at a time by the rules that `readDataset` promises.
 * @param text without byte order mark, with '\n' for every line break
 * @returns null for a table whose header has no two names
 */
export function plainDataset(text: string, format: 'csv' | 'tsv' | 'jsonl'): PlainDataset | null {
  if (format === 'jsonl') return { examples: text.split('\n').flatMap(exampleOfLine), isWhole: true };
  const header = text.split('\n').find((line) => line.trim() !== '') ?? '';
  const unquoted = header.replace(/"[^"]*"/g, '');
  const isSemicolon = unquoted.includes(';') && !unquoted.includes(',');
  const { rows, isWhole } = table(text, format === 'tsv' ? '\t' : isSemicolon ? ';' : ',');
  const isBlank = (cells: readonly string[]) => cells.every((cell) => cell.trim() === '');
  const [names, ...others] = rows.filter((cells) => !isBlank(cells));
  if (!names) return { examples: [], isWhole };
  const trimmed = names.map((name) => name.trim());
  const columns = trimmed.flatMap((name, i) => (name === '' || trimmed.indexOf(name) < i ? [] : [i]));
  if (columns.length < 2) return isWhole ? null : { examples: [], isWhole };
  const texts = columns[Math.max(0, textAt(columns.map((i) => trimmed[i]!)))]!;
  const examples = others.flatMap((cells) => {
    const isHeader = cells.every((cell, i) => cell.trim() === trimmed[i]);
    if (cells.length !== names.length || isHeader) return [];
    const labels = columns.filter((i) => i !== texts).map((i) => [trimmed[i]!, cells[i]!] as const);
    return exampleOf(cells[texts]!, labels);
  });
  return { examples, isWhole };
}

/** Cells, up to the first row whose quotes are not right. */
function table(text: string, delimiter: string): { rows: string[][]; isWhole: boolean } {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  for (;;) {
    let cell = '';
    if (text[at] === '"') {
      for (at++; ; at++) {
        if (at >= text.length) return { rows, isWhole: false };
        if (text[at] !== '"') cell += text[at];
        else if (text[at + 1] === '"') cell += text[at++];
        else break;
      }
      at++;
      const after = at;
      while (at < text.length && text[at] !== delimiter && text[at] !== '\n' && text[at]!.trim() === '') at++;
      if (at < text.length ? text[at] !== delimiter && text[at] !== '\n' : at !== after)
        return { rows, isWhole: false };
    } else {
      while (at < text.length && text[at] !== delimiter && text[at] !== '\n') cell += text[at++];
    }
    row.push(cell);
    if (text[at] !== delimiter) {
      rows.push(row);
      row = [];
      if (at >= text.length) return { rows, isWhole: true };
    }
    at++;
  }
}

function exampleOfLine(line: string): PlainDataset['examples'] {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return [];
  }
  if (!isObject(value)) return [];
  const entries = Object.entries(value);
  const at = textAt(entries.map(([key]) => key));
  const [key, text] = entries[at] ?? [];
  if (typeof text !== 'string') return [];
  const labels = entries.find(([name]) => name === 'labels')?.[1];
  const given = isObject(labels) ? Object.entries(labels) : entries.filter(([name]) => name !== key);
  const present = given.filter(([, label]) => label !== null);
  if (present.some(([task, label]) => task.trim() === '' || !/^(string|number)$/.test(typeof label)))
    return [];
  return exampleOf(
    text,
    present.map(([task, label]) => [task, String(label)]),
  );
}

function exampleOf(text: string, labels: readonly (readonly [string, string])[]): PlainDataset['examples'] {
  const kept = labels
    .map(([task, label]): [string, string] => [task, label.trim()])
    .filter(([, label]) => label !== '');
  return text.trim() === '' || kept.length === 0 ? [] : [{ text: text.trim(), labels: kept }];
}

/**
 * Of what is called like a text, the likeliest name, and the first of that name; the first column otherwise, or no
 * key.
 */
function textAt(names: readonly string[]): number {
  for (const likely of ['text', 'sentence', 'content', 'review', 'comment', 'message']) {
    const at = names.findIndex((name) => name.toLowerCase() === likely);
    if (at >= 0) return at;
  }
  return -1;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === '[object Object]';
}
