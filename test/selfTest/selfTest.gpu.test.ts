import { describe, expect, it } from 'vitest';
import { chosen } from '../../src/gpu/variants.ts';
import type { SentenceTransformer } from '../../src/model/sentenceTransformer.ts';
import { products } from '../../src/ops/products/productVariants.ts';
import { selfTest } from '../../src/selfTest/selfTest.ts';
import { Trainer } from '../../src/training/trainer.ts';
import type { SelfTestReport } from '../../src/types.ts';
import { fileWith } from '../support/safetensorsBytes.ts';
import { seededBert } from '../support/seeded.ts';
import { loadTiny, tinyConfig, tinyFiles } from '../support/tinyModel.ts';
import { addHeads, examples, freshTiny } from '../support/trainer.ts';
import { pretend } from '../support/variants.ts';
import { turns } from '../support/waiting.ts';

/** A model whose heads are of a size that results are stored for. */
const config = { ...tinyConfig, hidden_size: 64, num_attention_heads: 2 };

function loadWide(): Promise<SentenceTransformer> {
  const tensors = [...seededBert(config)].map(([name, { shape, data }]) => ({
    name,
    dtype: 'F32',
    shape: [...shape],
    bytes: new Uint8Array(data.buffer),
  }));
  return loadTiny({
    ...tinyFiles(tensors, { 'config.json': config }),
    'model.safetensors': fileWith(tensors),
  });
}

function tell(what: string, { kernels, largest, model, milliseconds }: SelfTestReport): void {
  const { embedding, loss, gradient } = model;
  const numbers = { largest, embedding, loss, gradient };
  const told = Object.entries(numbers).map(([name, value]) => `${name} ${value.toExponential(1)}`);
  console.info(`${what}: ${kernels.length} kernels, ${told.join(', ')}, ${milliseconds.toFixed(0)} ms`);
}

/** Pipelines that are asked for meanwhile, by kernel, entry point and constants. */
async function pipelinesOf(model: SentenceTransformer, work: () => Promise<unknown>): Promise<Set<string>> {
  const { pipelines } = model.core.engine;
  const seen = new Set<string>();
  const get = pipelines.get.bind(pipelines);
  pipelines.get = (kernel, constants, names) => {
    const sorted = Object.fromEntries(Object.entries(constants).sort(([a], [b]) => (a < b ? -1 : 1)));
    seen.add(`${kernel.name} ${kernel.entry} ${JSON.stringify(sorted)}`);
    return get(kernel, constants, names);
  };
  try {
    await work();
  } finally {
    pipelines.get = get;
  }
  return seen;
}

describe('the self-test', () => {
  it('finds this adapter right, in parts and as a whole, and leaves nothing behind', async () => {
    const model = await loadWide();
    const { engine } = model.core;
    const before = engine.usage();
    const embed = await model.selfTest({ part: 'embed' });
    tell('embed, cold', embed);
    const train = await model.selfTest({ part: 'train' });
    tell('train, cold', train);
    const all = await model.selfTest();
    tell('all, warm', all);

    for (const report of [embed, train, all]) {
      expect(report.kernels.filter(({ passed }) => !passed)).toEqual([]);
      expect(report.passed).toBe(true);
    }
    const names = ({ kernels }: SelfTestReport) => kernels.map(({ name }) => name);
    expect(new Set(names(all)).size).toBe(names(all).length);
    expect([...names(embed), ...names(train)].sort()).toEqual(names(all).sort());
    expect(embed.model).toMatchObject({ loss: 0, gradient: 0 });
    expect(all.model.embedding).toBeGreaterThan(0);
    expect(all.model.gradient).toBeGreaterThan(0);
    const { embedding, loss, gradient } = all.model;
    const differences = all.kernels.map(({ difference }) => difference);
    expect(all.largest).toBe(Math.max(...differences, embedding, loss, gradient));

    const after = engine.usage();
    expect(after.liveBytes).toBe(before.liveBytes);
    expect(after.liveBuffers).toBe(before.liveBuffers);
    expect(after.bytes).toBeLessThanOrEqual(before.bytes);
    await model.dispose();
  });

  it('is stopped by a signal, beside a training that goes on, and says nothing of a disposed model', async () => {
    const model = await freshTiny();
    const { engine } = model.core;
    const live = engine.usage().liveBytes;
    await expect(model.selfTest({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    const controller = new AbortController();
    const stopped = model.selfTest({ signal: controller.signal });
    await turns(5);
    controller.abort();
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    expect(engine.usage().liveBytes).toBe(live);

    const steps: number[] = [];
    const trainer = new Trainer(model, { examples, epochs: 2, batchSize: 8, learningRate: 1e-3 });
    const training = (async () => {
      for await (const event of trainer.train()) if (event.type === 'step') steps.push(event.loss);
    })();
    const [report, vectors] = await Promise.all([model.selfTest(), model.encode(['beside it']), training]);
    expect(report.passed).toBe(true);
    expect(steps.every(Number.isFinite)).toBe(true);
    expect(steps).toHaveLength(6);
    expect(Math.hypot(...vectors.data)).toBeCloseTo(1, 5);
    expect(engine.usage().liveBytes).toBe(live);

    const disposed = await loadTiny();
    await disposed.dispose();
    await expect(disposed.selfTest()).rejects.toThrow(/disposed/);
  });
});

/** Adapters to pretend, by the product kernels that they get. */
const kinds = { 'of this adapter': {}, tile: { isSoftware: false }, register: { subgroupSize: 0 } };

describe.each(['of this adapter', 'tile', 'register'] as const)('with the kernels %s', (style) => {
  it('runs every pipeline that embedding, heads and training use', async () => {
    const model = await loadWide();
    const { engine } = model.core;
    pretend(engine, kinds[style]);
    const { name } = chosen(products.NT, engine);
    if (style !== 'of this adapter') expect(name).toBe(style);

    const tested = await pipelinesOf(model, async () => {
      const report = await selfTest(model.core);
      tell(`${style}, cold`, report);
      expect(report.kernels.filter(({ passed }) => !passed)).toEqual([]);
      expect(report.passed).toBe(true);
    });
    const used = await pipelinesOf(model, () => everything(model));
    for (const pipeline of await dense(style)) used.add(pipeline);
    expect(used.size).toBeGreaterThan(30);
    expect([...used].filter((pipeline) => !tested.has(pipeline))).toEqual([]);
    await model.dispose();
  });
});

/** What a model with Dense layers runs, one with tanh and one without bias. */
async function dense(style: keyof typeof kinds): Promise<Set<string>> {
  const used = new Set<string>();
  for (const name of ['dense', 'sharded']) {
    const model = await loadTiny(`test/fixtures/models/${name}`);
    pretend(model.core.engine, kinds[style]);
    const all = await pipelinesOf(model, () => model.encode(['a text', 'another']));
    // Its heads are of a size that no results are stored for.
    for (const pipeline of all) if (!pipeline.startsWith('attention')) used.add(pipeline);
    await model.dispose();
  }
  expect([...used].some((pipeline) => pipeline.startsWith('tanh.forward'))).toBe(true);
  return used;
}

/** Embeds, predicts and trains in every way that a user has at hand. */
async function everything(model: SentenceTransformer): Promise<void> {
  for (const pooling of ['mean', 'cls', 'max', 'mean-with-padding'] as const) {
    await model.encode(['a text', 'a longer text than that'], { pooling, normalize: pooling === 'mean' });
  }
  addHeads(model);
  const bias = new Float32Array(4);
  model.addHead('tone', { labels: ['a', 'b', 'c', 'd'], pooling: 'mean', bias });
  await model.predict(['a text']);
  const few = examples.slice(0, 4).map((example, i) => ({
    ...example,
    labels: { ...example.labels, tone: 'abcd'[i]! },
  }));
  for (const scenario of ['full', 'heads-only', 'one-head', 'top-layers', 'layer-wise'] as const) {
    for (const dropout of [0, 0.1]) {
      const options = { scenario, dropout, clipNorm: 1, optimizer: 'adamw', accumulate: 2 } as const;
      const trainer = new Trainer(model, { examples: few, ...options, batchSize: 2, epochs: 1 });
      for await (const _ of trainer.train());
    }
  }
  const adam = { scenario: 'full', optimizer: 'adam' } as const;
  const trainer = new Trainer(model, { examples: few, ...adam, batchSize: 'all', epochs: 1 });
  for await (const _ of trainer.train());
}
