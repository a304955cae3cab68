import { describe, expect, it } from 'vitest';
import type { ModelCore } from '../../src/core.ts';
import { Engine } from '../../src/gpu/engine.ts';
import { bert, bertParameters } from '../../src/nn/bert.ts';
import { createHead } from '../../src/nn/heads.ts';
import { Parameters } from '../../src/nn/parameters.ts';
import { packing } from '../../src/ops/packing.ts';
import { Trainable } from '../../src/optim/trainable.ts';
import { backward, withTape } from '../../src/tensor/autograd.ts';
import { scope } from '../../src/tensor/scope.ts';
import { fromData, toFloats } from '../../src/tensor/tensor.ts';
import { Gradients } from '../../src/training/gradients.ts';
import { dryRun } from '../../src/training/plan.ts';
import { makeRecipe } from '../../src/training/recipe.ts';
import { readBertConfig } from '../../src/weights/bertConfig.ts';
import { testEngine } from '../support/engine.ts';
import { opInput, readFixture, readJson, type TinyGradients } from '../support/fixtures.ts';
import { miniLm } from '../support/miniLm.ts';
import { maxDifference } from '../support/numbers.ts';
import { type BertSizes, seededBert } from '../support/seeded.ts';

const fixture = readFixture<TinyGradients>('backward/tiny');
const { facts } = fixture;
const model = readJson<{ config: BertSizes & Record<string, unknown>; ids: number[][] }>(facts.model);
const config = readBertConfig(model.config);

/** An engine that takes its adapter for a GPU: other kernels, and weight gradients in pairs. */
async function asOnGpu(): Promise<Engine> {
  const engine = await Engine.open(globalThis.testGpu);
  engine.adapter.isSoftware = false;
  return engine;
}

async function allGradients(engine: Engine): Promise<Map<string, Float32Array>> {
  const parameters = new Parameters(engine, bertParameters(config));
  const seeded = seededBert(model.config);
  for (const name of parameters.names) parameters.write(name, seeded.get(name)!.data);
  const core = { engine, parameters, folder: { repository: { bert: config } } } as unknown as ModelCore;
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
      const hidden = bert(parameters, config, batch, packed);
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

describe('kernels of one training step', () => {
  it('are at most 20 a layer on a GPU, for MiniLM with two heads', async () => {
    const { core } = await miniLm();
    const engine: Engine = Object.create(core.engine, {
      adapter: { value: { ...core.engine.adapter, isSoftware: false } },
    });
    const heads = new Map(core.heads);
    const probe: ModelCore = { ...core, engine, heads };
    for (const [name, labels] of [
      ['topic', ['a', 'b', 'c']],
      ['sentiment', ['x', 'y']],
    ] as const) {
      heads.set(name, createHead(core.engine, name, 384, { labels }));
    }
    const examples = Array.from({ length: 8 }, (_, i) => ({
      text: 'The parcel came early.',
      labels: { topic: i % 3, sentiment: i % 2 },
    }));
    const recipe = makeRecipe(probe, { examples, scenario: 'full', batchSize: 'all' });
    const ids = [101, ...Array.from({ length: 30 }, (_, i) => 2000 + i), 102];
    const batch = recipe.options.training.map((example) => ({ ...example, ids }));
    const { dispatches, memory } = dryRun(probe, recipe, Uint32Array.from(new Set(ids)).sort(), [batch]);
    console.info(`${dispatches} kernels, ${(memory.total / 1e6).toFixed(0)} MB for 8 × 32 tokens`);
    expect(dispatches / core.folder.repository.bert.layers).toBeLessThanOrEqual(20);
    expect(memory.total).toBeLessThanOrEqual(320e6);
    for (const { parameters } of heads.values()) parameters.dispose();
  });
});
