import { readFileSync } from 'node:fs';
import { transformWithOxc } from 'vite';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type CellId, cells } from '../../src/app/notebook/cells.ts';
import { chain, hasAfter, nothing } from '../../src/app/notebook/chain.ts';
import type { Given } from '../../src/app/notebook/given.ts';
import { coloured, shownCode } from '../../src/app/notebook/shown.ts';
import { chapters } from '../../src/app/notebook/story.ts';
import { SentenceTransformer } from '../../src/worker/client.ts';

describe('shown code', () => {
  it('is the body of the module, with what it imports of tabgrad', () => {
    const source = [
      "import { A, B } from '../../../worker/client.ts';",
      "import type { Given } from '../given.ts';",
      '',
      'export default async function one({ print }: Given) {',
      '  if (A) {',
      '    print(B);',
      '  }',
      '  return { A };',
      '}',
      '',
    ].join('\n');
    expect(shownCode(source)).toBe("import { A, B } from 'tabgrad/worker';\n\nif (A) {\n  print(B);\n}");
  });

  it('is coloured without changing it', () => {
    const lines = cells.flatMap(({ code }) => code.split('\n'));
    expect(
      lines.map((line) =>
        coloured(line)
          .map(({ text }) => text)
          .join(''),
      ),
    ).toEqual(lines);
    expect(coloured("const x = 'const'; // 1e-5")).toEqual([
      { kind: 'keyword', text: 'const' },
      { kind: 'plain', text: ' x = ' },
      { kind: 'string', text: "'const'" },
      { kind: 'plain', text: '; ' },
      { kind: 'comment', text: '// 1e-5' },
    ]);
    expect(coloured('rate: 1e-5,')[1]).toEqual({ kind: 'number', text: '1e-5' });
  });

  it('stands for every cell of the page, in its order', () => {
    expect(chapters.flatMap((chapter) => chapter.cells.map(({ id }) => id))).toEqual(
      cells.map(({ id }) => id),
    );
    for (const { id, code } of cells) {
      const file = new URL(`../../src/app/notebook/cells/${id}.ts`, import.meta.url);
      expect(code).toBe(shownCode(readFileSync(file, 'utf8')));
    }
  });
});

describe('the code that is shown', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each(cells)('does what the cell runs: $id', async ({ run, code }) => {
    const ran = record();
    vi.spyOn(SentenceTransformer, 'fromPretrained').mockImplementation(ran.load);
    const made = (await run(ran.given)) ?? {};

    const shown = record();
    const names = { ...shown.given, SentenceTransformer: { fromPretrained: shown.load } };
    const script = await plain(`${code}\nreturn { ${Object.keys(made)} };`);
    const handedOn = await new AsyncFunction(...Object.keys(names), script)(...Object.values(names));

    expect(shown.log).toEqual(ran.log);
    expect(ran.log.length).toBeGreaterThan(2);
    expect(Object.keys(handedOn)).toEqual(Object.keys(made));
    expect(handedOn.examples).toEqual('examples' in made ? made.examples : undefined);
  });
});

describe('what a cell runs first', () => {
  const published = hasAfter('load', nothing);

  it('is what makes what it needs, and no more', () => {
    expect(chain(['load'], nothing)).toEqual(['load']);
    expect(chain(['examples'], nothing)).toEqual(['examples']);
    expect(chain(['encode'], nothing)).toEqual(['load', 'encode']);
    expect(chain(['encode'], published)).toEqual(['encode']);
    expect(chain(['freezing'], published)).toEqual(['examples', 'freezing']);
    expect(chain(['predict'], nothing)).toEqual(['load', 'examples', 'layerWise', 'predict']);
  });

  it('is a new copy of the model where training has changed it', () => {
    const trained = hasAfter('multiTask', { ...published, examples: true });
    expect(chain(['encode'], trained)).toEqual(['load', 'encode']);
    expect(chain(['multiTask'], trained)).toEqual(['load', 'multiTask']);
    expect(chain(['predict'], trained)).toEqual(['load', 'layerWise', 'predict']);
    // A plan depends on no weight.
    expect(chain(['rates'], trained)).toEqual(['rates']);
    expect(chain(['rates'], { weights: 'unfinished', examples: true })).toEqual(['rates']);
    expect(chain(['predict'], hasAfter('layerWise', trained))).toEqual(['predict']);
    expect(chain(['predict'], { weights: 'unfinished', examples: true })).toEqual([
      'load',
      'layerWise',
      'predict',
    ]);
  });

  it('takes all cells in their order, and the model twice', () => {
    const order: CellId[] = ['load', 'encode', 'examples', 'multiTask', 'freezing', 'rates'];
    const all = cells.map(({ id }) => id);
    expect(chain(all, nothing)).toEqual([...order, 'load', 'layerWise', 'predict']);
  });
});

const AsyncFunction = (async () => {}).constructor as new (
  ...text: string[]
) => (...values: unknown[]) => Promise<Record<string, unknown>>;

/** Without types and imports; what a script returns is no syntax of a module, so it is wrapped for the while. */
async function plain(code: string): Promise<string> {
  const body = code.replace(/^import .*\n/gm, '');
  const { code: stripped } = await transformWithOxc(`async function cell() {\n${body}\n}`, 'cell.ts', {
    sourcemap: false,
  });
  // As a block: what it declares may have the name of something that is given.
  return stripped.slice(stripped.indexOf('{'), stripped.lastIndexOf('}') + 1);
}

/** A stand-in for all that a cell finds, with a log of everything that is asked of it and printed. */
function record() {
  const log: unknown[] = [];
  const model = {
    ...{ parameterCount: 12_345, dimension: 4, maxLength: 9 },
    encode: async (...asked: unknown[]) => {
      log.push(['encode', ...asked]);
      return { data: Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)), shape: [3, 4] };
    },
    predict: async (...asked: unknown[]) => {
      log.push(['predict', ...asked]);
      const probabilities = { data: Float32Array.of(0.2, 0.8, 0.7, 0.3, 0.4, 0.6), shape: [3, 2] };
      return { topic: { labels: ['sport', 'food'], probabilities } };
    },
  };
  class Trainer {
    constructor(_: unknown, options: { scenario: string }) {
      log.push(['Trainer', options]);
      this.#isFrozen = options.scenario === 'frozen';
    }
    readonly #isFrozen: boolean;
    async plan() {
      if (this.#isFrozen) throw new Error('Nothing trains.');
      const names = [
        'embeddings.word',
        'encoder.layer.0.a',
        'encoder.layer.0.b',
        'pooler.a',
        'heads.topic.weight',
      ];
      return {
        trainable: 1234,
        parameters: names.map((name, i) => ({ name, rate: i === 0 ? null : i * 1e-5 })),
      };
    }
    async *train(...asked: unknown[]) {
      log.push(['train', ...asked]);
      yield { type: 'step', epoch: 1, loss: 1.5, losses: { topic: 1, sentiment: 0.5 } };
      yield { type: 'evaluation' };
      yield { type: 'step', epoch: 2, loss: 1.25, losses: { topic: 1, sentiment: 0.25 } };
    }
  }
  const tools = {
    ...{ source: './some/model', revision: 'main', onProgress, signal },
    print: (line: string) => log.push(line),
  };
  const given = { ...tools, ...{ model, Trainer, heads: { topic: {} }, examples: [{ text: 'a' }] } };
  return {
    log,
    // What a cell does with it is recorded; that it has all of a model's face is not the matter here.
    given: given as unknown as Given,
    load: async (...asked: unknown[]) => {
      log.push(['load', ...asked]);
      return model as unknown as SentenceTransformer;
    },
  };
}

const { signal } = new AbortController();
const onProgress = () => {};
