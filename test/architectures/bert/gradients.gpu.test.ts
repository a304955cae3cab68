import { describe, expect, it } from 'vitest';
import type { BertConfig } from '../../../src/architectures/bert/config.ts';
import { bert, bertEncoder } from '../../../src/architectures/bert/encoder.ts';
import { Engine } from '../../../src/gpu/engine.ts';
import type { LoadedFolder } from '../../../src/model/folder.ts';
import { ModelState } from '../../../src/model/state.ts';
import { packing } from '../../../src/ops/packing.ts';
import { Trainable } from '../../../src/optim/trainable.ts';
import { backward, withTape } from '../../../src/tensor/autograd.ts';
import { scope } from '../../../src/tensor/scope.ts';
import { fromData, toFloats } from '../../../src/tensor/tensor.ts';
import { makeRecipe } from '../../../src/training/options/recipe.ts';
import type { ScenarioName } from '../../../src/training/options/scenarios.ts';
import { type DryRun, dryRun } from '../../../src/training/planning/plan.ts';
import { Gradients } from '../../../src/training/step/gradients.ts';
import { testEngine } from '../../support/engine.ts';
import { opInput, readFixture, readJson, type TinyGradients } from '../../support/fixtures.ts';
import { maxDifference } from '../../support/numbers.ts';
import { type BertSizes, seededBert } from '../../support/seeded.ts';
import { pretend } from '../../support/variants.ts';

const fixture = readFixture<TinyGradients>('backward/tiny');
const { facts } = fixture;
const model = readJson<{ config: BertSizes & Record<string, unknown>; ids: number[][] }>(facts.model);
const tiny = bert(model.config);

/** An engine that takes its adapter for a GPU: other kernels, and weight gradients in pairs. */
async function asOnGpu(): Promise<Engine> {
  return pretend(await Engine.open(globalThis.testGpu), { isSoftware: false });
}

async function allGradients(engine: Engine): Promise<Map<string, Float32Array>> {
  const folder = { repository: { encoder: tiny } } as LoadedFolder;
  const runs = tiny.parameters(new Set());
  const core = new ModelState({ engine, folder, runs, dense: [], heads: [] });
  const { parameters } = core;
  const seeded = seededBert(model.config);
  for (const name of parameters.names) parameters.write(name, seeded.get(name)!.data);
  const list = parameters.names.map((name) => ({ name, tensor: parameters.get(name) }));
  const trainable = new Trainable(engine, list);
  const gradients = new Gradients(core, trainable, list);

  const { ids } = model;
  const cuSeqlens = [0];
  for (const { length } of ids) cuSeqlens.push(cuSeqlens.at(-1)! + length);
  const batch = {
    tokens: Uint32Array.from(ids.flat()),
    positions: Uint32Array.from(ids.flatMap((sequence) => sequence.map((_, i) => i))),
  };
  const keyLens = Uint32Array.from(ids, ({ length }) => length);
  scope(engine, () => {
    withTape(engine, gradients.leaves, () => {
      const packed = packing(engine, Uint32Array.from(cuSeqlens), keyLens);
      const hidden = tiny.forward(parameters, batch, packed);
      const { data, shape } = opInput(facts.dOut);
      backward(engine, [[hidden, fromData(engine, data, shape)]]);
    });
  });
  gradients.finish();
  const readings = parameters.names.map(async (name) => {
    return [name, await toFloats(trainable.gradient(name))] as const;
  });
  await engine.commands.submit();
  const result = new Map(await Promise.all(readings));
  trainable.dispose();
  parameters.dispose();
  return result;
}

const engines = { 'of this adapter': testEngine, 'of a GPU': asOnGpu };

describe.each(Object.entries(engines))('a tiny BERT’s gradients with the kernels %s', (_, open) => {
  it('are PyTorch’s, for every parameter', async () => {
    const gradients = await allGradients(await open());
    for (const [name, values] of gradients) {
      if (/key\.bias$/.test(name)) continue;
      const norm = Math.hypot(...values);
      expect(Math.abs(norm / facts.norms[name]! - 1), name).toBeLessThanOrEqual(1e-5);
      if (!fixture.names.includes(name)) continue;
      const expected = fixture.tensor(name).data;
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
      expect(maxDifference(values, expected) / largest, name).toBeLessThanOrEqual(5e-6);
    }
  });
});

const tasks = { topic: ['a', 'b', 'c'], sentiment: ['x', 'y'] };

/** What a step on 8 texts of 32 tokens takes, counted without running it. */
async function stepOf(config: BertConfig, scenario: ScenarioName, isSoftware: boolean): Promise<DryRun> {
  const real = await testEngine();
  const engine: Engine = Object.create(real, {
    adapter: { value: { ...real.adapter, isSoftware } },
    choice: { value: {} },
  });
  const encoder = bertEncoder(config);
  const core = new ModelState({
    engine: Engine.dry(engine),
    folder: { repository: { encoder } } as LoadedFolder,
    runs: encoder.parameters(new Set(['pooler.dense.weight'])),
    dense: [],
    heads: Object.entries(tasks).map(([name, labels]) => [name, { labels }]),
  });
  const examples = Array.from({ length: 8 }, (_, i) => ({
    text: 'The parcel came early.',
    labels: { topic: i % 3, sentiment: i % 2 },
  }));
  const recipe = makeRecipe(core, { examples, scenario, batchSize: 'all' });
  const ids = [101, ...Array.from({ length: 30 }, (_, i) => 2000 + i), 102];
  const batch = recipe.options.training.map((example) => ({ ...example, ids: { text: ids } }));
  return dryRun(core, recipe, Uint32Array.from(new Set(ids)).sort(), [batch]);
}

const common = {
  vocabularySize: 30_522,
  maxPositions: 512,
  typeVocabularySize: 2,
  layerNormEps: 1e-12,
  paddingId: 0,
} as const;
const miniLm: BertConfig = { ...common, hiddenSize: 384, heads: 12, layers: 6, intermediateSize: 1536 };
const base: BertConfig = { ...common, hiddenSize: 768, heads: 12, layers: 12, intermediateSize: 3072 };

describe('one training step on 8 × 32 tokens', () => {
  it('of MiniLM is at most 20 kernels a layer, with a GPU’s kernels and a software adapter’s, and at most 320 MB', async () => {
    const { dispatches, memory } = await stepOf(miniLm, 'full', false);
    console.info(`MiniLM: ${dispatches} kernels, ${(memory.total / 1e6).toFixed(0)} MB`);
    expect(dispatches / miniLm.layers).toBeLessThanOrEqual(20);
    expect(memory.total).toBeLessThanOrEqual(320e6);
    expect((await stepOf(miniLm, 'full', true)).dispatches / miniLm.layers).toBeLessThanOrEqual(20);
  });

  it('of a BERT-base’s top two layers is at most 800 MB', async () => {
    const { dispatches, memory } = await stepOf(base, 'top-layers', false);
    console.info(`BERT-base, top two layers: ${dispatches} kernels, ${(memory.total / 1e6).toFixed(0)} MB`);
    expect(memory.total).toBeLessThanOrEqual(800e6);
    expect(dispatches / base.layers).toBeLessThanOrEqual(20);
  });
});
