import fc from 'fast-check';
import { type DatasetFormat, readDataset } from '../../../src/data/dataset.ts';
import { ArgumentError } from '../../../src/errors.ts';
import { byteChange, changed, joined } from './bytes.ts';
import { excerpt, type Family } from './hunt.ts';
import { changedJson, jsonChange } from './jsonTree.ts';
import { plainDataset } from './plainDataset.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);
const table = (delimiter: string, newline: string) =>
  [
    ['text', 'topic', 'sentiment'],
    ['"It came late, again"', 'delivery', 'negative'],
    ['"She said ""never again"""', 'quality', 'negative'],
    ['"Two lines:\nboth fine"', '"delivery"', ''],
    ['A 5" screen', 'quality', 'positive'],
    ['', '', ''],
    ['Größe passt 👍', 'quality', 'positive'],
    ['"Ends in blanks"  ', 'billing', 'positive'],
  ]
    .map((cells) => cells.join(delimiter))
    .join(newline);
const lines = [
  { text: 'It came late', topic: 'delivery', sentiment: 'negative' },
  { sentence: 'Fine "so far"', labels: { topic: 'quality', sentiment: null } },
  { text: 'Größe passt 👍', labels: { topic: 3 } },
  { content: 'no label' },
];
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');
const jsonl = lines.map((line) => JSON.stringify(line)).join('\n');

const seeds: Uint8Array[] = [
  utf8(table(',', '\n')),
  utf8(table(',', '\r\n')),
  utf8(`\ufeff${table(';', '\r\n')}\r\n`),
  utf8(`\n\n${table('\t', '\r')}`),
  utf8(jsonl),
  utf8(`\ufeff${jsonl.replaceAll('\n', '\r\n\r\n')}\r\n`),
  utf16(table('\t', '\r\n')),
  utf8(`text,topic\n${'"a ""quoted"" text",b\n'.repeat(400)}`),
];

const marks = [
  '"',
  '""',
  ',',
  ';',
  '\t',
  '\n',
  '\r',
  '\r\n',
  '\ufeff',
  '\u2028',
  '{',
  '[',
  ' ',
  '\u00a0',
  '"\n',
  '",',
  'text',
  '__proto__,',
  '\u0000',
];
const place = fc.nat(2 ** 30);
/** Marks at places of a text, some many times. */
const markChange = fc.record({
  at: place,
  mark: fc.constantFrom(...marks),
  times: fc.oneof({ weight: 100, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: fc.nat(20_000) }),
});

export async function dataset(): Promise<
  Family<readonly [Uint8Array<ArrayBuffer>, DatasetFormat | undefined]>
> {
  const which = fc.nat(seeds.length - 1);
  const ofBytes = fc
    .tuple(which, fc.array(byteChange, { minLength: 1, maxLength: 3 }))
    .map(([i, changes]) => changed(seeds[i]!, changes, seeds));
  const ofMarks = fc
    .tuple(which, fc.array(markChange, { minLength: 1, maxLength: 4 }))
    .map(([i, changes]) => {
      let bytes = Uint8Array.from(seeds[i]!);
      for (const { at, mark, times } of changes) {
        const from = Math.floor((at / 2 ** 30) * bytes.length);
        bytes = joined([bytes.subarray(0, from), utf8(mark.repeat(times)), bytes.subarray(from)]);
      }
      return bytes;
    });
  const ofJson = fc
    .array(fc.array(jsonChange, { maxLength: 2 }), { minLength: 4, maxLength: 4 })
    .map((changes) =>
      Uint8Array.from(utf8(lines.map((line, i) => changedJson(line, changes[i]!)).join('\n'))),
    );
  const format = fc.constantFrom<DatasetFormat | undefined>(
    undefined,
    undefined,
    undefined,
    'csv',
    'tsv',
    'jsonl',
  );
  return {
    name: 'dataset',
    inputs: fc.tuple(
      fc.oneof(
        { weight: 2, arbitrary: ofBytes },
        { weight: 3, arbitrary: ofMarks },
        { weight: 2, arbitrary: ofJson },
      ),
      format,
    ),
    size: ([{ length }]) => length,
    async read([bytes, given]) {
      // As File.text() does, but that a byte order mark stays, as it does in a pasted text.
      const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
      const plain = text.replace(/^\ufeff/, '').replace(/\r\n|\r/g, '\n');
      const header = plain.split('\n').find((line) => line.trim() !== '') ?? '';
      const guess = header.trim().startsWith('{')
        ? 'jsonl'
        : header
              .trimStart()
              .replace(/"[^"]*"/g, '')
              .includes('\t')
          ? 'tsv'
          : 'csv';
      const format = given ?? guess;
      const expected = plainDataset(plain, format);
      let read: ReturnType<typeof readDataset>;
      try {
        read = readDataset(text, { format: given });
      } catch (error) {
        const isText = !text.includes('\0') && !(given === undefined && /^\s*\[\s*\{/.test(plain));
        if (error instanceof ArgumentError && isText && expected?.isWhole && plain.trim() !== '')
          throw new Error(`A right file is refused: ${error.message}`);
        throw error;
      }
      const found = read.examples.map(({ text, labels }) => ({ text, labels: Object.entries(labels) }));
      if (!expected) throw new Error('A table without two named columns is read.');
      const asRecords = expected.examples.map(({ text, labels }) => ({
        text,
        labels: Object.entries(Object.fromEntries(labels)),
      }));
      const comparable = expected.isWhole ? found : found.slice(0, asRecords.length);
      if (JSON.stringify(comparable) !== JSON.stringify(asRecords)) throw new Error('Other examples.');
      checkCounts(read, plain.split('\n').length);
      const kind = expected.isWhole ? '' : ', with a broken quote';
      return `${format} ${found.length === 0 ? 'without' : 'with'} examples${kind}`;
    },
    show: ([bytes, format]) => `${format} ${excerpt(bytes)}`,
    refusals: [ArgumentError],
    names: /^readDataset\(\)/,
  };
}

function checkCounts({ examples, tasks, rejected }: ReturnType<typeof readDataset>, lines: number): void {
  for (const { text, labels } of examples) {
    const all = Object.values(labels);
    if (text.trim() === '' || all.length === 0 || all.some((label) => label.trim() === ''))
      throw new Error('An example has no text or no label.');
  }
  const given = examples.reduce((sum, { labels }) => sum + Object.keys(labels).length, 0);
  const counted = tasks.reduce((sum, { counts }) => sum + counts.reduce((a, b) => a + b, 0), 0);
  if (given !== counted) throw new Error(`${counted} labels are counted of ${given}.`);
  for (const [i, { row, reason }] of rejected.entries()) {
    if (row < (rejected[i - 1]?.row ?? 1) || row > lines)
      throw new Error(`Row ${row} of ${lines} is out of place.`);
    if (reason === '' || reason.length > 300) throw new Error(`A reason has ${reason.length} characters.`);
  }
}
