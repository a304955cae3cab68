import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { contrast, mix, parseHex } from '../../../src/app/color.ts';
import { labelColor } from '../../../src/app/fineTune/colors.ts';
import { findingsOf } from '../../../src/app/fineTune/examples/checks.ts';
import {
  doubt,
  heldOutOf,
  newRow,
  newSet,
  tasksOf,
  usableOf,
} from '../../../src/app/fineTune/examples/data.ts';
import * as editing from '../../../src/app/fineTune/examples/editing.ts';
import { csvLines } from '../../../src/app/fineTune/examples/sources/csv.ts';
import { isPlainLines, isTextColumn, readLines } from '../../../src/app/fineTune/examples/sources/lines.ts';
import { bundledSets } from '../../../src/app/fineTune/examples/sources/reading.ts';
import * as state from '../../../src/app/fineTune/examples/state.ts';
import * as table from '../../../src/app/fineTune/examples/table.ts';
import { run } from '../../../src/app/fineTune/run/state.ts';
import { readDataset } from '../../../src/data/dataset.ts';
import { checkTrainerOptions } from '../../../src/training/options/resolvedOptions.ts';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

describe('examples for the chosen tasks', () => {
  const lines = Array.from(
    { length: 40 },
    (_, i) => `text ${i},${i % 2 ? 'a' : 'b'},${i < 30 ? 'x' : ''},id ${i}`,
  );
  const set = newSet('some', readDataset(['text,kind,half,id', ...lines].join('\n')));

  it('have their labels alone, and are left out where they have none', () => {
    expect(usableOf(set.rows, ['half']).texts).toHaveLength(30);
    const { texts, ids } = usableOf(set.rows, ['kind', 'half']);
    expect(texts[39]).toEqual({ text: 'text 39', labels: { kind: 'a' } });
    expect(ids).toEqual(set.rows.map(({ id }) => id));
    expect(usableOf(set.rows, []).texts).toEqual([]);
  });

  it('are held out as the trainer does it, whatever the seed field holds', () => {
    const { texts } = usableOf(set.rows, ['kind']);
    const options = { examples: texts, evaluation: { fraction: 0.2 }, seed: 7 };
    const { evaluation } = checkTrainerOptions(options, [{ name: 'kind', labels: ['a', 'b'] }]);
    const heldOut = heldOutOf(texts, { share: 0.2, seed: 7 });
    expect(heldOut.map((i) => texts[i]!.text)).toEqual(evaluation.map(({ texts: { text } }) => text));
    for (const seed of [Number.NaN, -1, 0.5, 2 ** 40]) {
      expect(heldOutOf(texts, { share: 0.2, seed })).toHaveLength(8);
    }
    expect(heldOutOf(texts, { share: 0, seed: 7 })).toEqual([]);
  });

  it('come with doubts about columns of one label, or of a label each', () => {
    expect(tasksOf(set).map(doubt)).toEqual([undefined, 'one label only', undefined]);
    const many = { labels: Array.from({ length: 51 }, (_, i) => `${i}`) };
    expect(doubt(many)).toBe('51 different labels');
  });
});

describe('bundled examples', () => {
  it.each(bundledSets)('$name: all rows are read, balanced, none twice', ({ what, url }) => {
    const dataset = readDataset(read(`public/${url}`));
    expect(dataset.rejected).toEqual([]);
    expect(what).toContain(String(dataset.examples.length));
    for (const { name } of dataset.tasks) expect(what).toContain(name);
    const { rows } = newSet('bundled', dataset);
    expect(findingsOf(dataset.tasks, rows)).toEqual([]);
  });
});

describe('editing', () => {
  const csv = 'text,topic,mood\none,a,good\ntwo,b,bad\nthree,a,\nfour,b,good';
  const rows = () => state.examples.value!.rows;
  const task = (name: string) => state.tasks.value.find((task) => task.name === name);

  beforeEach(() => {
    run.value = undefined;
    state.examples.value = newSet('some', readDataset(csv));
    state.past.value = [];
    table.lookAtAll();
  });

  it('of labels: the order of the others stays, a new one comes last, blank is none', () => {
    editing.setLabel(rows()[0]!.id, 'topic', 'c');
    expect(task('topic')).toEqual({ name: 'topic', labels: ['a', 'b', 'c'], counts: [1, 2, 1] });
    editing.setLabel(rows()[2]!.id, 'topic', 'b');
    expect(task('topic')).toEqual({ name: 'topic', labels: ['b', 'c'], counts: [3, 1] });
    editing.setLabel(rows()[0]!.id, 'topic', '');
    expect(rows()[0]!.labels).toEqual({ mood: 'good' });
    expect(state.texts.value.map(({ text }) => text)).toEqual(
      ['one', 'two', 'three', 'four'].slice(0, 2).concat('four'),
    );
  });

  it('is undone step by step, also where other examples took the place', () => {
    const before = state.examples.value;
    editing.setText(rows()[0]!.id, 'changed');
    editing.removeRow(rows()[1]!.id);
    editing.startEmpty();
    expect(state.tasks.value).toEqual([]);
    editing.undo();
    expect(rows().map(({ text }) => text)).toEqual(['changed', 'three', 'four']);
    editing.undo();
    editing.undo();
    expect(state.examples.value).toBe(before);
    editing.undo();
    expect(state.examples.value).toBe(before);
  });

  it('is refused while a run is on', () => {
    const before = state.examples.value;
    run.value = { phase: 'running', step: 1, total: 2, bytes: 0 } as typeof run.value;
    editing.setText(rows()[0]!.id, 'changed');
    editing.removeRow(rows()[0]!.id);
    editing.startEmpty();
    editing.removeTask('topic');
    editing.undo();
    expect(editing.addRow()).toBe(false);
    expect(state.examples.value).toBe(before);
  });

  it('of tasks: added, renamed with their labels and the choice, removed', () => {
    editing.chooseTask('mood', false);
    expect(editing.renameTask('mood', 'constructor')).toBeUndefined();
    expect(rows()[0]!.labels).toEqual({ topic: 'a', constructor: 'good' });
    expect(state.tasks.value.map(({ name }) => name)).toEqual(['topic']);
    editing.chooseTask('constructor', true);
    expect(state.tasks.value.map(({ name }) => name)).toEqual(['topic', 'constructor']);
    expect(editing.addTask('new')).toBeUndefined();
    expect(state.shownTasks.value.map(({ name }) => name)).toEqual(['topic', 'constructor', 'new']);
    editing.removeTask('topic');
    expect(rows()[1]!.labels).toEqual({ constructor: 'bad' });
    expect(state.texts.value).toHaveLength(3);
  });

  it.each([
    ['', /needs a name/],
    ['a.b', /without a dot/],
    ['Text', /called text already/],
    ['topic', /called topic already/],
  ])('refuses the name %j', (name, message) => {
    expect(editing.addTask(name)).toMatch(message);
    expect(editing.renameTask('mood', name)).toMatch(message);
    expect(state.past.value).toEqual([]);
  });

  it('adds rows of others: columns of one name are one, rows not yet begun make room', () => {
    editing.addRow();
    editing.append('more', newSet('more', readDataset('text,topic,kind\nfive,c,x\nsix,a,y')));
    expect(rows().map(({ text }) => text)).toEqual(['one', 'two', 'three', 'four', 'five', 'six']);
    expect(task('topic')?.labels).toEqual(['a', 'b', 'c']);
    expect(task('kind')?.counts).toEqual([1, 1]);
  });

  it('of a text leaves the split as it was, and the row in sight', () => {
    const many = Array.from({ length: 50 }, (_, i) => `text ${i},${i % 2 ? 'a' : 'b'}`);
    state.examples.value = newSet('many', readDataset(['text,kind', ...many].join('\n')));
    const heldOut = [...state.heldOutIds.value];
    table.lookFor('text 4');
    expect(table.foundCount.value).toBe(11);
    editing.setText(table.shown.value[0]!.row.id, 'other');
    expect(table.shown.value[0]).toMatchObject({ number: 5, row: { text: 'other' } });
    expect([...state.heldOutIds.value]).toEqual(heldOut);
    editing.setLabel(rows()[0]!.id, 'kind', 'a');
    expect(state.sizes.value).toEqual({ training: 40, heldOut: 10 });
  });

  it('turns to the row that was added', () => {
    expect(table.appendRow()).toBe(true);
    const added = table.shown.value.at(-1)!;
    expect(added).toMatchObject({ number: 5, row: { text: '', labels: {} } });
    editing.removeRow(added.row.id);
    expect(table.shown.value).toHaveLength(4);
  });
});

describe('checks', () => {
  const finds = (csv: string) => {
    const dataset = readDataset(csv);
    return findingsOf(dataset.tasks, newSet('', dataset).rows);
  };
  const many = (count: number, label: string) =>
    Array.from({ length: count }, (_, i) => `${label} ${i},${label}`).join('\n');

  it('name a class that has many more texts than another', () => {
    expect(finds(`text,kind\n${many(15, 'a')}\n${many(3, 'b')}`)).toEqual([]);
    const [found] = finds(`text,kind\n${many(16, 'a')}\n${many(3, 'b')}`);
    expect(found?.text).toMatch(/“a” has 16 texts, “b” 3.*macro-F1/);
  });

  it('name classes that have too few texts, and labels that differ in case', () => {
    const [few, alike] = finds(`text,kind\n${many(4, 'a')}\n${many(3, 'A')}\n${many(2, 'b')}`);
    expect(few?.text).toMatch(/“b” has fewer than 3 texts/);
    expect(few?.ids).toHaveLength(2);
    expect(alike?.text).toMatch(/“a”, “A” differ in case/);
  });

  it('name tasks that no head can be called like', () => {
    const { tasks } = readDataset('{"text":"a","labels":{"a.b":"x","c":"y"}}');
    const found = findingsOf(tasks, []).filter(({ text }) => text.includes('dot'));
    expect(found.map(({ text }) => text)).toEqual([expect.stringMatching(/^a\.b: .* dot/)]);
  });

  it('tell texts that repeat from those that contradict each other', () => {
    const csv = 'text,a,b\nOne,x,\none ,,y\ntwo,x,\nTWO,z,\nthree,x,';
    const { rows } = newSet('', readDataset(csv));
    const idsOf = (from: number) => rows.slice(from, from + 2).map(({ id }) => id);
    expect(findingsOf([], rows).map(({ text, ids }) => [/different labels/.test(text), ids])).toEqual([
      [true, idsOf(2)],
      [false, idsOf(0)],
    ]);
  });

  it('count rows that wait for a text or a label', () => {
    const rows = [newRow('', {}), newRow('a', {}), newRow('', { k: 'x' }), newRow('a', { k: 'x' })];
    expect(findingsOf([], rows)[0]).toMatchObject({
      ids: rows.slice(0, 3).map(({ id }) => id),
      isNote: true,
    });
    expect(findingsOf([], rows.slice(3))).toEqual([]);
  });
});

describe('examples as CSV', () => {
  it('are read back as they were', () => {
    const cell = fc
      .string({ unit: fc.constantFrom('a', ' ', '"', ',', ';', '\t', '\n', '=', 'é', '😀') })
      .map((text) => text.trim());
    const row = fc
      .record({ text: cell, kind: cell, other: cell })
      .filter(({ text, kind }) => text !== '' && kind !== '');
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 8 }), (given) => {
        const rows = given.map(({ text, kind, other }) =>
          newRow(text, other === '' ? { kind } : { kind, other }),
        );
        const dataset = readDataset([...csvLines([{ name: 'kind' }, { name: 'other' }], rows)].join(''));
        expect(dataset.rejected).toEqual([]);
        expect(dataset.examples).toEqual(rows.map(({ text, labels }) => ({ text, labels })));
      }),
    );
  });

  it('keep what is not complete yet: rows without a label or a text, tasks without labels, no task at all', () => {
    const cell = fc
      .string({ unit: fc.constantFrom('a', ' ', '"', ',', ';', '\t', '\n', '{', '😀') })
      .map((text) => text.trim());
    const names = fc.subarray(['kind', 'a, b', 'c;d', 'e\tf', 'say "g"', '__proto__']);
    const row = fc.tuple(cell, fc.array(cell, { minLength: 6, maxLength: 6 }));
    fc.assert(
      fc.property(names, fc.array(row, { minLength: 1, maxLength: 8 }), (tasks, given) => {
        const rows = given.map(([text, labels]) =>
          newRow(
            text,
            Object.fromEntries(
              tasks.map((task, i) => [task, labels[i]!]).filter(([, label]) => label !== ''),
            ),
          ),
        );
        const saved = [
          ...csvLines(
            tasks.map((name) => ({ name })),
            rows,
          ),
        ].join('');
        // As a file of that name is read: texts alone are no table unless quotes say so.
        const plain = isPlainLines(saved, false) && !isTextColumn(saved);
        const dataset = plain ? readLines(saved) : readDataset(saved, { keepIncomplete: true });
        expect(dataset.rejected).toEqual([]);
        expect(dataset.tasks.map(({ name }) => name)).toEqual(tasks);
        const written = rows.filter(({ text, labels }) => text !== '' || Object.keys(labels).length > 0);
        expect(dataset.examples).toEqual(written.map(({ text, labels }) => ({ text, labels })));
      }),
      { numRuns: 300 },
    );
  });
});

describe('texts alone', () => {
  it('are told from tables', () => {
    expect(isPlainLines('text,topic\na,b', false)).toBe(false);
    expect(isPlainLines('text\ttopic\na\tb', true)).toBe(false);
    expect(isPlainLines('{"text":"a"}', true)).toBe(false);
    expect(isPlainLines('Hello there.\nAnd you?', false)).toBe(true);
    expect(isPlainLines('Hello, you there.\nAnd you?', true)).toBe(true);
    expect(isPlainLines('Hello, you there.\nAnd you?', false)).toBe(false);
    expect(isPlainLines('\0PNG', true)).toBe(false);
  });

  it('are one a line, without a title', () => {
    expect(readLines('\ufeffText\r\n one \r\n\r\ntwo').examples).toEqual([
      { text: 'one', labels: {} },
      { text: 'two', labels: {} },
    ]);
  });
});

describe('colours of labels', () => {
  it('differ within the first tasks, and stay when others change', () => {
    state.examples.value = newSet('', readDataset('text,topic,mood\n1,a,x\n2,b,y\n3,c,x'));
    run.value = undefined;
    const all = [
      ...['a', 'b', 'c'].map((label) => labelColor('topic', label)),
      ...['x', 'y'].map((label) => labelColor('mood', label)),
    ];
    expect(new Set(all).size).toBe(5);
    editing.setLabel(state.examples.value.rows[0]!.id, 'topic', 'b');
    expect(labelColor('topic', 'c')).toBe(all[2]);
    expect(labelColor('mood', 'y')).toBe(all[4]);
    expect(labelColor('mood', 'never heard of')).toBe('var(--muted)');
  });

  const styles = read('src/app/fineTune/labelColors.css');
  const base = read('src/app/styles/base.css');
  const grounds = ['light', 'dark'].map((theme) => {
    const selector = theme === 'light' ? ':root {' : ':root[data-theme="dark"] {';
    const rule = (css: string) => css.slice(css.indexOf(selector)).split('}')[0]!;
    const colors = [...rule(styles).matchAll(/--label-\d: (#\w{6})/g)].map(([, hex]) => parseHex(hex!));
    return { theme, colors, card: parseHex(/--card: (#\w{6})/.exec(rule(base))![1]!) };
  });

  it.each(grounds)(
    'have the contrast of WCAG AA in $theme, on a card and on their chip',
    ({ colors, card }) => {
      expect(colors).toHaveLength(8);
      for (const color of colors) {
        expect(contrast(color, card)).toBeGreaterThanOrEqual(4.5);
        expect(contrast(color, mix(card, color, 0.12))).toBeGreaterThanOrEqual(4.5);
      }
    },
  );
});
