import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SentenceTransformer } from '../../src/model/sentenceTransformer.ts';
import type { TrainingEvent } from '../../src/training/events.ts';
import { Trainer } from '../../src/training/trainer.ts';
import type { EncodeOptions, ModelFiles } from '../../src/types.ts';
import { readFixture } from '../support/fixtures.ts';
import { maxDifference } from '../support/numbers.ts';
import { loadTiny } from '../support/tinyModel.ts';

interface Facts {
  config: { prompts: Record<string, string>; default_prompt_name: string };
  calls: { prompt?: string; prompt_name?: string }[];
  texts: string[];
  /** Of each call, of each text. */
  tokens: number[][];
}

const { facts, tensor } = readFixture<Facts>('embeddings/prompts');
const { texts, calls } = facts;
const root = 'test/fixtures/models/dense';
const configFile = 'config_sentence_transformers.json';
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** The model of the fixture, its config and pooling replaced. */
function files(pooling: string, include: boolean, config: object = facts.config): ModelFiles {
  const entries = readdirSync(root, { recursive: true, encoding: 'utf8', withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return {
    ...Object.fromEntries(
      paths.map((path) => [path.slice(root.length + 1), new Uint8Array(readFileSync(path))]),
    ),
    [configFile]: json(config),
    '1_Pooling/config.json': json({
      embedding_dimension: 32,
      pooling_mode: pooling,
      include_prompt: include,
    }),
  };
}

async function using<T>(given: ModelFiles, use: (model: SentenceTransformer) => Promise<T>): Promise<T> {
  const model = await loadTiny(given);
  try {
    return await use(model);
  } finally {
    await model.dispose();
  }
}

const optionsOf = ({ prompt, prompt_name: promptName }: Facts['calls'][number]): EncodeOptions => ({
  prompt,
  promptName,
});

describe.each(
  ['cls', 'mean', 'max'].flatMap((pooling) => [
    [pooling, 'with', true] as const,
    [pooling, 'without', false] as const,
  ]),
)('pooling by %s, %s the prompt', (pooling, word, include) => {
  it("embeds as Python's sentence-transformers does, within 1e-5, whichever prompt is asked for", async () => {
    await using(files(pooling, include), async (model) => {
      expect(model.prompts).toEqual({ query: '', document: '', ...facts.config.prompts });
      expect(model.defaultPromptName).toBe('query');
      for (const [i, call] of calls.entries()) {
        const { data, shape, tokens, truncated } = await model.encode(texts, optionsOf(call));
        const expected = tensor(`${pooling}.${word}.${i}`);
        expect(shape).toEqual(expected.shape);
        expect([i, maxDifference(data, expected.data)]).toEqual([i, expect.closeTo(0, 5)]);
        expect(tokens).toEqual(facts.tokens[i]);
        const counted = await model.countTokens(texts, optionsOf(call));
        expect(counted.cuts.flatMap((cut, t) => (cut === -1 ? [] : [t]))).toEqual(truncated);
        expect(counted.tokens.map((count) => Math.min(count, model.maxLength))).toEqual(tokens);
      }
    });
  });
});

it('keeps [SEP] in the pooling where a text and its prompt make fewer tokens than the prompt alone', async () => {
  const [joined, apart] = await using(files('mean', false), (model) =>
    Promise.all([model.encode(['l'], { prompt: 'smal' }), model.encode([''], { prompt: 'small' })]),
  );
  expect(joined.tokens).toEqual([3]);
  // [CLS] small [SEP], of which both pool the last.
  expect(joined.data).toEqual(apart.data);
});

it('averages over padding behind the prompt', async () => {
  await using(files('mean', false), async (model) => {
    const some = ['it has', 'a', 'an other small text'];
    const padded = await model.encode(some, { pooling: 'mean-with-padding' });
    const plain = await model.encode(some, { pooling: 'mean' });
    const row = (from: typeof padded, i: number) => from.data.subarray(i * 20, (i + 1) * 20);
    // The longest has no padding.
    expect(maxDifference(row(padded, 2), row(plain, 2))).toBeLessThan(1e-6);
    expect(maxDifference(row(padded, 1), row(plain, 1))).toBeGreaterThan(1e-4);
  });
});

it('names the prompts where one is asked for that is not there', async () => {
  await using(files('mean', true), async (model) => {
    const error = { name: 'ArgumentError', argument: 'promptName' };
    const asked = { promptName: 'title' };
    await expect(model.encode(texts, asked)).rejects.toMatchObject(error);
    await expect(model.encode(texts, asked)).rejects.toThrow(/"query", "document", "passage", "none"/);
    await expect(model.countTokens(texts, asked)).rejects.toMatchObject(error);
  });
});

it('is refused where the default is none of the prompts', async () => {
  const loading = loadTiny(files('mean', true, { prompts: {}, default_prompt_name: 'title' }));
  await expect(loading).rejects.toMatchObject({ name: 'ModelFormatError', file: configFile });
});

it('is saved with its prompts as they came', async () => {
  const given = files('mean', false);
  const saved = await using(given, (model) => model.save());
  for (const path of [configFile, '1_Pooling/config.json'])
    expect(Buffer.from(saved.get(path)!).equals(Buffer.from(given[path] as Uint8Array))).toBe(true);
});

describe('heads', () => {
  const examples = texts.slice(0, 3).map((text, i) => ({ text, labels: { topic: i % 2 ? 'a' : 'b' } }));
  const heads = { topic: { labels: ['a', 'b'], pooling: 'mean', seed: 5 } } as const;
  const { query } = facts.config.prompts;
  const options = { heads, epochs: 2, learningRate: 1e-2, dropout: 0, batchSize: 2 } as const;

  /** What a run gives: losses, what the heads then say, the evaluation's embeddings. */
  async function run(given: ModelFiles, prefix: string) {
    return using(given, async (model) => {
      const rows = examples.map(({ text, labels }) => ({ text: prefix + text, labels }));
      const trainer = new Trainer(model, {
        ...options,
        examples: rows,
        evaluation: { examples: rows, details: true },
      });
      const events: TrainingEvent[] = [];
      for await (const event of trainer.train()) events.push(event);
      const told = rows.map(({ text }) => text);
      const [heldOut] = events
        .flatMap((event) => (event.type === 'evaluation' && event.heldOut ? [event.heldOut] : []))
        .slice(-1);
      return {
        losses: events.flatMap((event) => (event.type === 'step' ? [event.loss] : [])),
        predicted: await model.predict(told),
        heldOut: heldOut!.embeddings.data,
        embedded: (await model.encode(told)).data,
      };
    });
  }

  it('are trained on what they are asked about: the text with the default prompt in front', async () => {
    const prompted = await run(files('mean', true), '');
    const written = await run(files('mean', true, {}), query!);
    expect(prompted).toEqual(written);
    expect(prompted.losses).toHaveLength(4);
    const bare = await run(files('mean', true, {}), '');
    expect(bare.losses).not.toEqual(prompted.losses);
  });

  it('read the prompt too where the pooling of embeddings leaves it out; the map shows what encode gives', async () => {
    const without = await run(files('mean', false), '');
    const withPrompt = await run(files('mean', true), '');
    expect(without.losses).toEqual(withPrompt.losses);
    expect(without.predicted).toEqual(withPrompt.predicted);
    expect(without.heldOut).toEqual(without.embedded);
    expect(maxDifference(without.heldOut, withPrompt.heldOut)).toBeGreaterThan(1e-4);
  });
});
