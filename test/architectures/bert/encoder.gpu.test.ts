import { describe, expect, it } from 'vitest';
import type { Encoder } from '../../../src/architectures/architecture.ts';
import { readBertConfig } from '../../../src/architectures/bert/config.ts';
import { bert, bertEncoder } from '../../../src/architectures/bert/encoder.ts';
import { ShapeError, TabgradError } from '../../../src/errors.ts';
import { Parameters } from '../../../src/nn/parameters.ts';
import { packing } from '../../../src/ops/packing.ts';
import { scope } from '../../../src/tensor/scope.ts';
import { toFloats } from '../../../src/tensor/tensor.ts';
import { testEngine } from '../../support/engine.ts';
import { readFixture } from '../../support/fixtures.ts';
import { expectClose, maxDifference } from '../../support/numbers.ts';
import { type BertSizes, seededBert } from '../../support/seeded.ts';

const engine = await testEngine();

interface BertFixture {
  config: BertSizes & Record<string, unknown>;
  ids: number[][];
}

/** The seeded model of a fixture on the GPU, one tensor at a time. */
async function seededParameters(sizes: BertSizes, encoder: Encoder): Promise<Parameters> {
  const runs = encoder.parameters(new Set());
  const parameters = new Parameters(engine, runs);
  const seeded = seededBert(sizes);
  for (const { name } of runs.flat()) {
    parameters.write(name, seeded.get(name)!.data);
    await engine.device.queue.onSubmittedWorkDone();
  }
  return parameters;
}

/** Hidden states of sequences packed one after the other. */
async function forward(parameters: Parameters, encoder: Encoder, ids: readonly number[][]) {
  const cuSeqlens = [0];
  for (const { length } of ids) cuSeqlens.push(cuSeqlens.at(-1)! + length);
  const reading = scope(engine, () => {
    const tokens = Uint32Array.from(ids.flat());
    const positions = Uint32Array.from(ids.flatMap((sequence) => sequence.map((_, i) => i)));
    const packed = packing(
      engine,
      Uint32Array.from(cuSeqlens),
      Uint32Array.from(ids.map(({ length }) => length)),
    );
    return toFloats(encoder.forward(parameters, { tokens, positions }, packed));
  });
  await engine.commands.submit();
  return reading;
}

describe('a tiny BERT', async () => {
  const { facts, tensor } = readFixture<BertFixture>('bert/tiny');
  const encoder = bert(facts.config);
  const parameters = await seededParameters(facts.config, encoder);

  it.each([0, 1, 2])("has PyTorch's hidden state %i, six sequences packed together", async (layers) => {
    const first = bertEncoder({ ...readBertConfig(facts.config), layers });
    const actual = await forward(parameters, first, facts.ids);
    expectClose(actual, tensor(`hidden.${layers}`).data, 1e-5);
  });

  it('has the same rows for each sequence alone', async () => {
    const together = tensor('hidden.2').data;
    let first = 0;
    for (const sequence of facts.ids) {
      const alone = await forward(parameters, encoder, [sequence]);
      const end = first + sequence.length * encoder.hiddenSize;
      expectClose(alone, together.slice(first, end), 1e-5);
      first = end;
    }
  });

  it('keeps nothing but its result while it runs', async () => {
    await engine.commands.submit();
    const before = engine.usage();
    await forward(parameters, encoder, facts.ids);
    expect(engine.usage().liveBytes).toBe(before.liveBytes);
  });
});

describe('a BERT of the size of bert-base', () => {
  it("has PyTorch's last hidden state within 2e-5", async () => {
    const { facts, tensor } = readFixture<BertFixture>('bert/base');
    const encoder = bert(facts.config);
    const before = engine.usage().bytes;
    const parameters = await seededParameters(facts.config, encoder);
    try {
      expect(parameters.count).toBeGreaterThan(86e6);
      // Few large buffers, none beyond what one binding can hold by default.
      expect(engine.usage().bytes - before).toBeLessThan(4 * parameters.count + 1e5);
      const difference = maxDifference(
        await forward(parameters, encoder, facts.ids),
        tensor('hidden.12').data,
      );
      console.info(`largest difference of a bert-base's hidden states: ${difference.toExponential(2)}`);
      expect(difference).toBeLessThanOrEqual(2e-5);
    } finally {
      parameters.dispose();
      engine.buffers.trim();
    }
  });
});

describe('parameters', () => {
  const encoder = bertEncoder({
    hiddenSize: 20,
    heads: 5,
    layers: 1,
    intermediateSize: 12,
    vocabularySize: 7,
    maxPositions: 3,
    typeVocabularySize: 1,
    layerNormEps: 1e-12,
    paddingId: 0,
  });
  const runs = encoder.parameters(new Set(['pooler.dense.weight']));

  it('do not touch each other, and can be read back', async () => {
    const parameters = new Parameters(engine, runs);
    const shapes = new Map(runs.flat().map(({ name, shape }) => [name, shape]));
    expect(parameters.names).toEqual([...shapes.keys()]);
    const sizes = [...shapes.values()].map((shape) => shape.reduce((a, b) => a * b));
    expect(parameters.count).toBe(sizes.reduce((a, b) => a + b));
    parameters.names.forEach((name, i) => {
      parameters.write(name, new Float32Array(sizes[i]!).fill(i + 1));
    });
    const readings = parameters.names.map((name) => toFloats(parameters.get(name)));
    await engine.commands.submit();
    for (const [i, values] of (await Promise.all(readings)).entries()) {
      expect(values).toEqual(new Float32Array(sizes[i]!).fill(i + 1));
    }
    parameters.dispose();
  });

  it('of queries, keys and values are one matrix; others are not', async () => {
    const parameters = new Parameters(engine, runs);
    const names = ['query', 'key', 'value'].map((part) => `encoder.layer.0.attention.self.${part}.bias`);
    names.forEach((name, i) => {
      parameters.write(name, new Float32Array(20).fill(i));
    });
    const joined = parameters.joined(names);
    expect(joined.shape).toEqual([60]);
    const reading = toFloats(joined);
    await engine.commands.submit();
    expect([...(await reading)]).toEqual([0, 1, 2].flatMap((i) => new Array(20).fill(i)));
    expect(() => parameters.joined([names[0]!, names[2]!])).toThrow(TabgradError);
    parameters.dispose();
  });

  it('are refused by name, and in the wrong number', () => {
    const parameters = new Parameters(engine, runs);
    expect(() => parameters.get('encoder.layer.1.output.dense.bias')).toThrow(
      /"encoder\.layer\.1\.output\.dense\.bias"/,
    );
    const name = 'encoder.layer.0.attention.self.query.bias';
    for (const count of [19, 21, 0]) {
      expect(() => parameters.write(name, new Float32Array(count))).toThrow(ShapeError);
    }
    parameters.dispose();
    parameters.dispose();
    expect(() => parameters.get(name)).toThrow(TabgradError);
  });
});
