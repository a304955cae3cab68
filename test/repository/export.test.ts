import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type CardFacts, modelCard } from '../../src/repository/modelCard.ts';
import { headFolders } from '../../src/repository/savedHeads.ts';
import { version } from '../../src/version.ts';

const facts: CardFacts = {
  ...{ dimension: 384, maxLength: 256, pooling: 'mean', normalize: true },
  ...{ heads: [], version },
};

describe('folders of heads', () => {
  it('are the names where every system takes them', () => {
    const folders = headFolders(['topic', 'Tone_2', 'a-b']);
    expect([...folders]).toEqual([
      ['topic', 'topic'],
      ['Tone_2', 'Tone_2'],
      ['a-b', 'a-b'],
    ]);
  });

  it('are safe and different for any other names', () => {
    const long = 'x'.repeat(300);
    const names = [
      'a/b',
      'a b',
      'A-B',
      'Größe',
      '主题',
      '🧤',
      'con',
      'LPT1',
      '-',
      '../..',
      long,
      `${long}y`,
      '__proto__',
    ];
    const folders = [...headFolders(names).values()];
    for (const folder of folders) {
      expect(folder).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
      expect(folder).not.toMatch(/^(con|lpt1)$/i);
    }
    expect(new Set(folders.map((folder) => folder.toLowerCase())).size).toBe(names.length);
  });
});

describe('a model card', () => {
  it('tells what is known, and only that', () => {
    const plain = modelCard(facts, {});
    expect(plain).toMatch(/^---\nlibrary_name: sentence-transformers\n/);
    for (const missing of [
      '## Training',
      '## Settings',
      '## Metrics',
      'base_model',
      'predict.py',
      'undefined',
    ]) {
      expect(plain).not.toContain(missing);
    }
    const full = modelCard(
      { ...facts, heads: [{ name: 'topic', labels: ['a', 'b'], pooling: 'cls' }] },
      {
        baseModel: 'sentence-transformers/all-MiniLM-L6-v2',
        dataset: { name: 'reviews.csv', texts: 10, training: 8, heldOut: 2 },
        settings: { epochs: 3, frozen: [/^embeddings/], schedule: { warmup: 0.1 } },
        metrics: { accuracy: 0.75, loss: Number.NaN },
        steps: 12,
      },
    );
    for (const row of ['| Data | reviews.csv |', '| Held out | 2 |', '| Updates | 12 |', '| epochs | 3 |']) {
      expect(full).toContain(row);
    }
    expect(full).toContain('| accuracy | 0.75 |');
    expect(full).toContain('| loss | – |');
    expect(full).toContain('| frozen | \\["/^embeddings/"\\] |');
    expect(full).toContain('- `topic` (cls): `a`, `b`');
    expect(full).toContain(`| tabgrad | ${version} |`);
  });

  it('does not tell texts, nor let what it is given out of its place', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const card = modelCard(
      {
        ...facts,
        heads: [
          { name: 'a`b\n# c', labels: ['<i>', '`'], pooling: 'cls' },
          { name: 'many', labels: Array.from({ length: 51 }, (_, i) => `secret ${i}`), pooling: 'cls' },
          { name: 'long', labels: ['a', `secret ${'word '.repeat(20)}`], pooling: 'mean' },
        ],
      },
      {
        baseModel: 'x\nlicense: mit',
        dataset: { name: 'a|b\n---\n# <script>' },
        settings: {
          examples: ['a secret text'],
          evaluation: [{ text: 'another secret', labels: {} }],
          nested: { data: [{ text: 'a third secret' }] },
          long: 'secret'.repeat(100),
          circle,
          big: 10n,
          nothing: undefined,
          call: () => 'secret',
        },
      },
    );
    expect(card).not.toMatch(/secret|undefined/);
    expect(card).toContain('| big | 10 |');
    expect(card).toMatch(/^- `many` \(cls\): 51 labels, .*\n- `long` \(mean\): 2 labels/m);
    const [, front] = card.split(/^---$/m);
    expect(front).not.toMatch(/license|base_model/);
    expect(card.split('\n').filter((line) => line.startsWith('# '))).toHaveLength(1);
    expect(card).not.toContain('<script>');
  });
});

it('the version is that of the package', () => {
  const { version: published } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  expect(version).toBe(published);
});
