import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import { usualTree } from '../../../src/architectures/parameterTree.ts';
import { ArgumentError } from '../../../src/errors.ts';
import type { ModelState } from '../../../src/model/state.ts';
import type { Example } from '../../../src/training/options/examples.ts';
import type { TrainerOptions } from '../../../src/training/options/options.ts';
import { makeRecipe } from '../../../src/training/options/recipe.ts';
import { type TrainScriptFacts, trainScript } from '../../../src/training/script/trainScript.ts';

const layerParts = ['attention.self.query', 'attention.output.LayerNorm', 'output.dense', 'output.LayerNorm'];
const encoder = [
  ...['word_embeddings.weight', 'position_embeddings.weight', 'LayerNorm.weight', 'LayerNorm.bias'].map(
    (name) => `embeddings.${name}`,
  ),
  ...Array.from({ length: 12 }, (_, i) =>
    layerParts.flatMap((part) => ['weight', 'bias'].map((name) => `encoder.layer.${i}.${part}.${name}`)),
  ).flat(),
  'pooler.dense.weight',
  'pooler.dense.bias',
];
const facts: TrainScriptFacts = { parameters: encoder.map((name) => ({ name })) };
const base: TrainerOptions = {
  examples: [
    { text: 'Good game', labels: { topic: 'sport', tone: 'good' } },
    { text: 'Slow, "new" phone\nthat I hate', labels: { topic: 'tech', tone: 'bad' } },
    { text: '  a tab\there ', labels: { topic: 1 } },
    { text: '', labels: { tone: 0 } },
    { text: 'nothing', labels: {} },
    { text: '漢字 😀', labels: { topic: 'sport', tone: null } },
  ],
  heads: {
    topic: { labels: ['sport', 'tech'], seed: 7 },
    tone: { labels: ['good', 'bad'], pooling: 'mean', seed: 8 },
  },
};

interface Head {
  name: string;
  folder: string;
  column: string;
  labels: string[];
  cells?: string[];
  seed: number | null;
  weight?: number[];
  task_weight: number;
}
interface Settings extends Record<string, unknown> {
  heads: Head[];
  groups: { rate: number; weight_decay: number; parameters: string[] }[];
}

/** What stands between r''' and the next ''': as Python reads it, a backslash in a raw literal being a backslash. */
function settingsIn(script: string): Settings {
  const literal = /json\.loads\(r'''([\s\S]*?)'''\)\n/.exec(script)!;
  return JSON.parse(literal[1]!);
}
const settingsOf = (options: Partial<TrainerOptions> = {}, more: Partial<TrainScriptFacts> = {}) =>
  settingsIn(trainScript({ ...base, ...options }, { ...facts, ...more })['train.py']);
const rowsOf = (options: Partial<TrainerOptions> = {}) =>
  Papa.parse<string[]>(trainScript({ ...base, ...options }, facts)['data.csv'], {
    delimiter: ',',
  }).data.slice(0, -1);

describe('train.py', () => {
  it('has the settings of the run', () => {
    const given: Partial<TrainerOptions> = {
      scenario: 'top-layers',
      optimizer: 'adamw',
      betas: [0.8, 0.95],
      eps: 1e-7,
      clipNorm: 0.5,
      schedule: { kind: 'cosine', warmupSteps: 4 },
      taskWeights: { tone: 0.25 },
      accumulate: 2,
      epochs: 9,
      batchSize: 'all',
      dropout: 0.1,
      seed: 2 ** 32 - 1,
      evaluation: { fraction: 0.4, everySteps: 3 },
    };
    const settings = settingsOf(given, { baseModel: 'owner/model' });
    expect(settings).toMatchObject({
      base_model: 'owner/model',
      scenario: 'top-layers',
      optimizer: 'adamw',
      betas: [0.8, 0.95],
      eps: 1e-7,
      clip_norm: 0.5,
      schedule: { kind: 'cosine', warmup_steps: 4 },
      accumulate: 2,
      epochs: 9,
      batch_size: 'all',
      dropout: 0.1,
      seed: 2 ** 32 - 1,
      evaluate_every: 3,
      groups: [
        { rate: 1e-4, weight_decay: 0.01, parameters: ['encoder.layer.10.*', 'encoder.layer.11.*'] },
        { rate: 1e-3, weight_decay: 0.01, parameters: ['heads.*'] },
      ],
    });
    expect(settings.heads).toMatchObject([
      { name: 'topic', folder: 'topic', pooling: 'cls', seed: 7, task_weight: 1 },
      { name: 'tone', folder: 'tone', pooling: 'mean', seed: 8, task_weight: 0.25 },
    ]);
  });

  it('fills in what is left out as the trainer does', () => {
    expect(settingsOf()).toMatchObject({
      base_model: null,
      scenario: 'full',
      optimizer: 'adam',
      groups: [{ rate: 1e-5, weight_decay: 0, parameters: ['embeddings.*', 'encoder.*', 'heads.*'] }],
      clip_norm: null,
      schedule: { kind: 'constant', warmup_steps: 0 },
      evaluate_every: null,
    });
  });

  it.each<Partial<TrainerOptions>>([
    { scenario: 'full' },
    { scenario: 'heads-only' },
    { scenario: 'one-head' },
    { scenario: 'top-layers', frozen: ['encoder.layer.10.*', /^heads\.tone/] },
    { scenario: 'layer-wise', noDecay: ['*.bias', '*LayerNorm*'] },
    { scenario: 'layer-wise', optimizer: 'adam', weightDecay: 0.3, frozen: ['*.query.bias'] },
    {
      learningRate: [
        ['*', 1e-5],
        ['encoder.layer.{1,11}.*', 2e-5],
        [/dense\.weight$/, 0],
      ],
    },
    {
      examples: (base.examples as readonly Example[]).map(({ text, labels }) => ({
        text,
        labels: { topic: labels.topic },
      })),
    },
  ])('gives every parameter the rate and decay that the trainer gives it: %o', (options) => {
    const core = {
      heads: new Map(),
      folder: { repository: { encoder: { layers: 12, hiddenSize: 4, parameterTree: usualTree } } },
      parameters: { names: encoder, get: () => ({ shape: [4, 4] }) },
    } as unknown as ModelState;
    const wanted = makeRecipe(core, { ...base, ...options });
    const { groups, optimizer } = settingsOf(options);
    // As the script reads them: a beginning of names that ends in *, or a name.
    const matching = (name: string) =>
      groups.filter(({ parameters }) =>
        parameters.some((rule) => (rule.endsWith('*') ? name.startsWith(rule.slice(0, -1)) : name === rule)),
      );
    expect(optimizer).toBe(wanted.kind);
    for (const [name, { rate, weightDecay }] of wanted.settings) {
      expect(matching(name), name).toMatchObject(rate === null ? [] : [{ rate, weight_decay: weightDecay }]);
    }
  });

  it('cannot be broken out of by names and labels', () => {
    const evil = [
      "'''); import os; os.system('x') #",
      '"""\n\r\u2028 \\',
      "\\'''",
      '\u202e<script>alert(1)</script>',
      '{}$&$`',
      '\ud800',
      'plain \u{e0041}',
    ];
    const names = [
      "a'''b",
      '__proto__',
      'constructor',
      'a*',
      'SETTINGS',
      "r'''SETTINGS'''",
      'text',
      'held_out',
    ];
    const heads = Object.fromEntries(names.map((name) => [name, { labels: evil }]));
    const examples = evil.map((label) => ({
      text: label,
      labels: Object.fromEntries(names.map((name) => [name, label])),
    }));
    const script = trainScript({ examples, heads }, facts)['train.py'];
    const settings = settingsIn(script);
    expect(settings.heads.map(({ name }) => name)).toEqual(names);
    for (const { labels } of settings.heads) expect(labels).toEqual(evil);
    // But for the settings it is the script that everybody gets, which is plain ASCII but for its ± and √.
    const around = (text: string) => text.replace(/r'''[\s\S]*?'''\)\n/, '');
    expect(around(script)).toBe(around(trainScript(base, facts)['train.py']));
    const literal = /json\.loads\(r'''([\s\S]*?)'''\)\n/.exec(script)![1]!;
    expect(literal).not.toMatch(/'|[^\P{C}\n]|[\u2028\u2029\u202e]/u);
    expect(literal.endsWith('}')).toBe(true);
  });

  it('knows the heads that the model has, and how those of the options begin', () => {
    const known = [
      { name: 'old', labels: ['x', 'y'], pooling: 'cls' as const },
      { name: 'topic', labels: ['sport', 'tech'], pooling: 'cls' as const },
    ];
    const weight = Float32Array.from({ length: 8 }, (_, i) => i / 3);
    const heads = { ...base.heads, tone: { ...base.heads!.tone!, weight } };
    const settings = settingsOf({ heads }, { heads: known });
    expect(settings.heads.map(({ name, seed, task_weight }) => [name, seed, task_weight])).toEqual([
      ['old', null, 0],
      ['topic', 7, 1],
      ['tone', 8, 1],
    ]);
    expect(Float32Array.from(settings.heads[2]!.weight!)).toEqual(weight);
  });

  it('is the same for the same run', () => {
    expect(trainScript(base, facts)).toEqual(trainScript(structuredClone(base), structuredClone(facts)));
    expect(trainScript({ ...base, seed: 1 }, facts)).not.toEqual(trainScript(base, facts));
  });

  it('refuses what the trainer refuses', () => {
    expect(() => trainScript({ ...base, epochs: 0 }, facts)).toThrow(ArgumentError);
    expect(() => trainScript({ ...base, frozen: ['nothing.like.it'] }, facts)).toThrow(/nothing\.like\.it/);
    expect(() => trainScript({ ...base, heads: {} }, facts)).toThrow(ArgumentError);
    const other = { ...base, loss: 'some-other' as 'cross-entropy' };
    expect(() => trainScript(other, facts)).toThrow(/loss is "some-other"\. Use one of cross-entropy/);
  });
});

describe('data.csv', () => {
  it('parses back to the examples, a blank cell for no label', () => {
    expect(rowsOf()).toEqual([
      ['text', 'topic', 'tone', 'held_out'],
      ['Good game', 'sport', 'good', '0'],
      ['Slow, "new" phone\nthat I hate', 'tech', 'bad', '0'],
      ['  a tab\there ', 'tech', '', '0'],
      ['', '', 'good', '0'],
      ['nothing', '', '', '0'],
      ['漢字 😀', 'sport', '', '0'],
    ]);
  });

  it('marks what is held out, and adds what is evaluated on apart', () => {
    const examples = Array.from({ length: 20 }, (_, i) => ({
      text: `text ${i}`,
      labels: { topic: i % 2, tone: i % 3 === 0 ? undefined : i % 2 },
    }));
    const held = rowsOf({ examples, evaluation: { fraction: 0.25 } }).filter((row) => row[3] === '1');
    expect(held).toHaveLength(5);
    const apart = rowsOf({ examples, evaluation: examples.slice(3, 5) });
    expect(
      apart
        .slice(1)
        .map((row) => row[3])
        .join(''),
    ).toBe(`${'0'.repeat(20)}11`);
    expect(apart.at(-1)).toEqual(['text 4', 'sport', 'good', '1']);
  });

  it('tells columns and labels apart whatever they are called', () => {
    const heads = {
      text: { labels: ['', 'blank', 'a'] },
      held_out: { labels: ['0', '1'] },
      'text 2': { labels: ['\ud800', '\ufffd'] },
    };
    const examples = [
      { text: 'one', labels: { text: '', held_out: '0', 'text 2': 0 } },
      { text: 'two', labels: { text: 'blank', held_out: '1', 'text 2': 1 } },
    ];
    const { 'train.py': script, 'data.csv': data } = trainScript({ examples, heads }, facts);
    const [header, ...rows] = Papa.parse<string[]>(new TextDecoder().decode(new TextEncoder().encode(data)), {
      delimiter: ',',
    }).data;
    expect(header).toEqual(['text', 'text 3', 'held_out 2', 'text 2', 'held_out']);
    const settings = settingsIn(script);
    expect(settings.heads.map(({ column }) => column)).toEqual(header!.slice(1, -1));
    for (const [i, row] of rows.slice(0, 2).entries()) {
      const read = settings.heads.map(({ cells, labels }, h) => (cells ?? labels).indexOf(row[h + 1]!));
      expect(read).toEqual([i, i, i]);
      expect(row).not.toContain('');
    }
  });
});
