import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DatasetFormat, readDataset } from '../../src/data/dataset.ts';
import { ArgumentError } from '../../src/errors.ts';
import { effort } from '../support/effort.ts';

const reasons = (text: string, format?: DatasetFormat) => readDataset(text, { format }).rejected;

describe('CSV', () => {
  it('reads texts and labels by column; a blank cell is no label', () => {
    const data = readDataset(
      'text,topic,sentiment\nGood game,sport,positive\nSlow phone,tech,\nSoup, ,negative\n',
    );
    expect(data).toEqual({
      examples: [
        { text: 'Good game', labels: { topic: 'sport', sentiment: 'positive' } },
        { text: 'Slow phone', labels: { topic: 'tech' } },
        { text: 'Soup', labels: { sentiment: 'negative' } },
      ],
      tasks: [
        { name: 'topic', labels: ['sport', 'tech'], counts: [1, 1] },
        { name: 'sentiment', labels: ['positive', 'negative'], counts: [1, 1] },
      ],
      rejected: [],
    });
  });

  it('keeps commas, doubled quotes and line breaks inside quotes; a byte order mark and CRLF are no part of it', () => {
    const data = readDataset('\ufefftext,topic\r\n"One, ""two""\r\nthree",a\r\n\r\nmore,b\r\n');
    expect(data.examples).toEqual([
      { text: 'One, "two"\nthree', labels: { topic: 'a' } },
      { text: 'more', labels: { topic: 'b' } },
    ]);
    expect(data.rejected).toEqual([]);
  });

  it('finds the column of texts by its name, else takes the first', () => {
    expect(readDataset('id,Sentence,topic\n7,Hello,a').examples).toEqual([
      { text: 'Hello', labels: { id: '7', topic: 'a' } },
    ]);
    expect(readDataset('what they said,topic\nHello,a').examples[0]!.text).toBe('Hello');
    expect(readDataset('comment,text\nb,Hello').examples[0]).toEqual({
      text: 'Hello',
      labels: { comment: 'b' },
    });
  });

  it('reads semicolons where the header has no comma', () => {
    expect(readDataset('text;topic\nOne, two;a').examples).toEqual([
      { text: 'One, two', labels: { topic: 'a' } },
    ]);
  });

  it('numbers rows as a spreadsheet does: the header is row 1, blank rows count, a quoted line break does not', () => {
    const text = 'text,topic\n"two\nlines",a\n\n,b\nfive,\nsix,a,extra\nseven\ntext,topic\n , \nten,a\n';
    expect(reasons(text)).toEqual([
      { row: 4, reason: 'the text is empty' },
      { row: 5, reason: 'it has no label' },
      {
        row: 6,
        reason: 'it has 3 cells where the header has 2; a text that has separators needs quotes around it',
      },
      { row: 7, reason: 'it has 1 cell where the header has 2' },
      { row: 8, reason: 'it is the header once more' },
    ]);
    expect(readDataset(text).examples.map((example) => example.text)).toEqual(['two\nlines', 'ten']);
  });

  it('keeps rows that are not complete, and columns without labels, where that is asked for', () => {
    const text = 'text,topic,mood\none,a,\n,b,\ntwo,,\n,,\nthree,c\n';
    const data = readDataset(text, { keepIncomplete: true });
    expect(data.examples).toEqual([
      { text: 'one', labels: { topic: 'a' } },
      { text: '', labels: { topic: 'b' } },
      { text: 'two', labels: {} },
    ]);
    expect(data.tasks).toEqual([
      { name: 'topic', labels: ['a', 'b'], counts: [1, 1] },
      { name: 'mood', labels: [], counts: [] },
    ]);
    expect(data.rejected).toEqual([{ row: 6, reason: 'it has 2 cells where the header has 3' }]);
    expect(readDataset('text\n"one, two"\nthree', { keepIncomplete: true })).toEqual({
      examples: [
        { text: 'one, two', labels: {} },
        { text: 'three', labels: {} },
      ],
      tasks: [],
      rejected: [],
    });
    const lines = readDataset('{"text":"a"}\n{"text":"","topic":"b"}\n{"topic":"b"}', {
      keepIncomplete: true,
    });
    expect(lines.examples).toEqual([
      { text: 'a', labels: {} },
      { text: '', labels: { topic: 'b' } },
    ]);
    expect(lines.rejected).toEqual([{ row: 3, reason: 'it has no "text"' }]);
    expect(() => readDataset('text\none')).toThrow(/1 named column/);
  });

  it('takes a separator inside a quoted name for a part of it', () => {
    expect(readDataset('text;"a, b"\none;x').examples).toEqual([{ text: 'one', labels: { 'a, b': 'x' } }]);
    expect(readDataset('text,"a\tb"\none,x').examples).toEqual([{ text: 'one', labels: { 'a\tb': 'x' } }]);
  });

  it('leaves out columns without a name and the second of one name, and says so', () => {
    const data = readDataset(',text,topic,topic\n0,Hello,a,b');
    expect(data.examples).toEqual([{ text: 'Hello', labels: { topic: 'a' } }]);
    expect(data.rejected).toEqual([
      { row: 1, reason: 'column 1 has no name: it is left out' },
      { row: 1, reason: 'two columns are called "topic": column 4 is left out' },
    ]);
  });

  it('names the rows with broken quotes', () => {
    const broken = 'text,topic\n"a" b,c\nfine,d\n"lost",e\nkept,f\n"never closed,g\nlost,h\nlost,i';
    expect(reasons(broken)).toEqual([
      {
        row: 2,
        reason:
          'a quoted cell goes on after its closing quote: double the quotes inside it (""); the next 2 lines are lost with it',
      },
      { row: 4, reason: 'a quote (") opens and never closes; the next 2 lines are lost with it' },
    ]);
    expect(readDataset(broken).examples.map(({ text }) => text)).toEqual(['kept']);
    expect(reasons('text,topic\n"never" closed,a\nlost,b')).toEqual([
      { row: 2, reason: expect.stringMatching(/after its closing quote.*; the next line is lost with it/) },
    ]);
  });

  it('has no task without labels, and none but own properties', () => {
    const data = readDataset('text,__proto__,constructor,empty\nHello,a,b,');
    expect(data.tasks.map(({ name }) => name)).toEqual(['__proto__', 'constructor']);
    expect(Object.entries(data.examples[0]!.labels)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });

  it('counts labels in the order of their first appearance', () => {
    expect(readDataset('text,topic\n1,b\n2,a\n3,b\n4,c\n,d').tasks).toEqual([
      { name: 'topic', labels: ['b', 'a', 'c'], counts: [2, 1, 1] },
    ]);
  });
});

describe('TSV', () => {
  it('is known by the tab in its header; commas are text', () => {
    const data = readDataset('text\ttopic\nOne, "two"\ta\n"a\ttab"\tb');
    expect(data.examples).toEqual([
      { text: 'One, "two"', labels: { topic: 'a' } },
      { text: 'a\ttab', labels: { topic: 'b' } },
    ]);
  });
});

describe('JSONL', () => {
  it('reads labels beside the text or in an object; numbers by their decimal form', () => {
    const lines = [
      '{"text": "Hello", "topic": "a", "sentiment": 1}',
      '',
      '{"id": true, "sentence": "World", "labels": {"topic": "b", "sentiment": null}}',
    ];
    const data = readDataset(lines.join('\r\n'));
    expect(data.examples).toEqual([
      { text: 'Hello', labels: { topic: 'a', sentiment: '1' } },
      { text: 'World', labels: { topic: 'b' } },
    ]);
    expect(data.tasks).toEqual([
      { name: 'topic', labels: ['a', 'b'], counts: [1, 1] },
      { name: 'sentiment', labels: ['1'], counts: [1] },
    ]);
  });

  it.each([
    ['{"text": "a", "topic": ', 'it is not valid JSON'],
    ['["a", "b"]', 'it is a list, not an object such as {"text": …}'],
    ['null', 'it is null, not an object such as {"text": …}'],
    ['{"topic": "a"}', 'it has no "text"'],
    ['{"text": 5, "topic": "a"}', '"text" is a number, not a string'],
    ['{"text": " ", "topic": "a"}', 'the text is empty'],
    ['{"text": "a"}', 'it has no label'],
    ['{"text": "a", "topic": ""}', 'it has no label'],
    ['{"text": "a", "topic": true}', 'the label "topic" is a boolean, not a string or a number'],
    ['{"text": "a", "labels": ["b"]}', 'the label "labels" is a list, not a string or a number'],
    ['{"text": "a", "labels": {"topic": {}}}', 'the label "topic" is an object, not a string or a number'],
    ['{"text": "a", "": "b"}', 'a label has no task: its key is empty'],
  ])('rejects %s', (line, reason) => {
    const data = readDataset(`{"text": "fine", "topic": "a"}\n\n${line}`, { format: 'jsonl' });
    expect(data.rejected).toEqual([{ row: 3, reason }]);
    expect(data.examples).toHaveLength(1);
  });
});

describe('what is no dataset', () => {
  it.each([
    ['', /nothing but blanks/],
    ['\ufeff \n\n', /nothing but blanks/],
    ['PK\u0003\u0004\0\0', /not text.*Save a spreadsheet as CSV/],
    ['text\nHello', /header "text" has 1 named column, separated by ",".*text,topic/],
    ['a b c', /has 1 named column/],
    ['[{"text": "a"}]', /JSON list\. Put one object on each line/],
  ])('refuses %j', (text, message) => {
    expect(() => readDataset(text)).toThrow(ArgumentError);
    expect(() => readDataset(text)).toThrow(message);
    expect(() => readDataset(text)).toThrow(expect.objectContaining({ argument: 'text' }));
  });

  it('refuses what is no string, and formats it does not know', () => {
    expect(() => readDataset(new Uint8Array(3) as unknown as string)).toThrow(/not a string but object/);
    expect(() => readDataset('text,a\nb,c', { format: 'xlsx' as 'csv' })).toThrow(/xlsx.*csv, tsv, jsonl/);
    expect(() => readDataset('text,a\nb,c', { format: 'constructor' as 'csv' })).toThrow(ArgumentError);
  });
});

const special = fc.constantFrom(
  ',',
  '"',
  '\n',
  '\r',
  '\t',
  ';',
  '{',
  '}',
  '[',
  ':',
  '\ufeff',
  'text',
  'a',
  ' ',
);
const soup = fc.array(special, { maxLength: 60 }).map((pieces) => pieces.join(''));
const format = fc.constantFrom<DatasetFormat | undefined>(undefined, 'csv', 'tsv', 'jsonl');

describe('any text', () => {
  it('is read or refused with ArgumentError; every row is an example, rejected or blank', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), soup), format, (text, format) => {
        try {
          const { examples, tasks, rejected } = readDataset(text, { format });
          for (const { text, labels } of examples) {
            expect(text.trim()).not.toBe('');
            expect(Object.keys(labels)).not.toHaveLength(0);
          }
          const labels = examples.flatMap((example) => Object.keys(example.labels)).length;
          expect(tasks.flatMap(({ counts }) => counts).reduce((a, b) => a + b, 0)).toBe(labels);
          const rows = rejected.map(({ row }) => row);
          expect(rows).toEqual([...rows].sort((a, b) => a - b));
        } catch (error) {
          if (!(error instanceof ArgumentError)) throw error;
        }
      }),
      { seed: 11, numRuns: 2000 },
    );
  });

  const word = fc.stringMatching(/^[^\0\r\s\ufeff]([^\0\r\ufeff]*[^\0\r\s\ufeff])?$/, { maxLength: 30 });
  const example = fc.record({ text: word, labels: fc.record({ topic: word, tone: word }) });
  const examples = fc.array(example, { minLength: 1, maxLength: 20 });
  const quoted = (cells: string[], delimiter: string) =>
    cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(delimiter);

  it.each([
    ['csv', ','],
    ['csv', ';'],
    ['tsv', '\t'],
  ] as const)('comes back as it was written: %s with %j', (format, delimiter) => {
    fc.assert(
      fc.property(examples, fc.constantFrom('\n', '\r\n'), (examples, newline) => {
        const header = ['text', 'topic', 'tone'].join(delimiter);
        const rows = examples.map(({ text, labels }) => quoted([text, labels.topic, labels.tone], delimiter));
        const data = readDataset([header, ...rows].join(newline), { format });
        const isHeader = (e: (typeof examples)[0]) =>
          e.text === 'text' && e.labels.topic === 'topic' && e.labels.tone === 'tone';
        expect(data.examples).toEqual(examples.filter((e) => !isHeader(e)));
      }),
      { seed: 12, numRuns: 300 },
    );
  });

  it('comes back as it was written: jsonl', () => {
    fc.assert(
      fc.property(examples, (examples) => {
        const lines = examples.map((example) => JSON.stringify(example)).join('\n');
        expect(readDataset(lines).examples).toEqual(examples);
      }),
      { seed: 13, numRuns: 300 },
    );
  });
});

describe('size', () => {
  it('reads 10,000 rows of each format quickly', async () => {
    const numbers = Array.from({ length: 10_000 }, (_, i) => i);
    const csv = `text,topic\n${numbers.map((i) => `"Sentence, number ${i}",${i % 3}`).join('\n')}`;
    const tsv = `text\ttopic\n${numbers.map((i) => `Sentence number ${i}\t${i % 3}`).join('\n')}`;
    const jsonl = numbers.map((i) => JSON.stringify({ text: `Sentence ${i}`, topic: i % 3 })).join('\n');
    for (const text of [csv, tsv, jsonl]) {
      const taken = await effort(() => expect(readDataset(text).examples).toHaveLength(10_000));
      expect(taken).toBeLessThan(50);
    }
  });

  it.each([
    ['quotes', '"'],
    ['quoted nothings', '"" '],
    ['open quotes', '\n"a,b'],
    ['quotes and commas', '",'],
    ['commas', ','],
  ])('is not held up by a megabyte of %s', async (_, piece) => {
    const text = `text,topic\n${piece.repeat(2 ** 20 / piece.length)}`;
    expect(await effort(() => readDataset(text))).toBeLessThan(100);
  });
});

describe('public/data/shop-feedback.csv', () => {
  const data = readDataset(readFileSync('public/data/shop-feedback.csv', 'utf8'));

  it('has 90 different texts, 6 of them with one label only, and is balanced', () => {
    expect(data.rejected).toEqual([]);
    expect(new Set(data.examples.map(({ text }) => text)).size).toBe(90);
    expect(data.examples.filter(({ labels }) => Object.keys(labels).length === 1)).toHaveLength(6);
    const [topic, sentiment] = data.tasks;
    expect([...topic!.labels].sort()).toEqual(['billing', 'delivery', 'quality']);
    expect([...sentiment!.labels].sort()).toEqual(['negative', 'positive']);
    for (const count of topic!.counts) expect(count).toBeGreaterThanOrEqual(28);
    for (const count of sentiment!.counts) expect(count).toBeGreaterThanOrEqual(43);
  });

  it('has short texts that do not say their label', () => {
    for (const { text } of data.examples) {
      expect(text.split(' ').length).toBeGreaterThanOrEqual(6);
      expect(text.split(' ').length).toBeLessThanOrEqual(20);
      expect(text).not.toMatch(/deliver|quality|billing|positive|negative/i);
    }
  });
});
