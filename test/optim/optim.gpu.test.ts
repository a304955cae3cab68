import { afterEach, describe, expect, it } from 'vitest';
import { ArgumentError, TabgradError } from '../../src/errors.ts';
import { Parameters } from '../../src/nn/parameters.ts';
import { Adam, type AdamOptions } from '../../src/optim/adam.ts';
import { layOut, type TrainableParameter } from '../../src/optim/arena.ts';
import type { OptimizerKind } from '../../src/optim/optimizerKind.ts';
import type { ParameterSetting } from '../../src/optim/paramGroups.ts';
import { type Schedule, scheduleFactor } from '../../src/optim/schedule.ts';
import { Trainable } from '../../src/optim/trainable.ts';
import { sizeOf } from '../../src/tensor/shape.ts';
import { type Tensor, toFloats } from '../../src/tensor/tensor.ts';
import { testEngine } from '../support/engine.ts';
import { readFixture } from '../support/fixtures.ts';
import { expectClose, maxDifference, uniform } from '../support/numbers.ts';
import { seededTensor } from '../support/seeded.ts';

const engine = await testEngine();
type Floats = Float32Array<ArrayBuffer>;

const owned: { dispose(): void }[] = [];
function keep<T extends { dispose(): void }>(value: T): T {
  owned.push(value);
  return value;
}
afterEach(() => {
  for (const value of owned.splice(0)) value.dispose();
});

/** Parameters of the given runs, each filled by its name. */
function parametersOf(runs: { name: string; shape: number[] }[][]): Parameters {
  const parameters = keep(new Parameters(engine, runs));
  for (const { name, shape } of runs.flat()) parameters.write(name, seededTensor(`optim.${name}`, shape, 1));
  return parameters;
}
const listOf = (parameters: Parameters, names = parameters.names): TrainableParameter[] =>
  names.map((name) => ({ name, tensor: parameters.get(name) }));
const same = (names: readonly string[], rate = 1e-2, weightDecay = 0) =>
  new Map<string, ParameterSetting>(names.map((name) => [name, { rate, weightDecay }]));

const write = ({ slice }: Tensor, data: Floats) => engine.commands.write(slice, data);

async function read(...tensors: Tensor[]): Promise<Floats[]> {
  const readings = tensors.map(toFloats);
  await engine.commands.submit();
  return Promise.all(readings);
}
async function readAll(parameters: Parameters): Promise<Map<string, Floats>> {
  const values = await read(...parameters.names.map((name) => parameters.get(name)));
  return new Map(parameters.names.map((name, i) => [name, values[i]!]));
}

interface Case {
  name: string;
  kind: OptimizerKind;
  rates: Record<string, number>;
  weightDecay: number;
  noDecay?: string[];
  betas?: [number, number];
  eps?: number;
  clipNorm?: number;
  schedule?: Schedule;
  idle?: Record<string, number[]>;
  norms: number[];
}
type Run = { name: string; shape: number[]; scale: number }[];
const fixture = readFixture<{ steps: number; runs: Run[]; cases: Case[] }>('optim/adam');
const { steps, runs, cases } = fixture.facts;

/** One frozen parameter in the same vec4 as the end of a trained one, one by itself. */
const frozen = { still: [2], apart: [300] };
const withFrozen = [
  ...runs.map((run) => (run[0]!.name === 'three' ? [...run, { name: 'still', shape: frozen.still }] : run)),
  [{ name: 'apart', shape: frozen.apart }],
];

/** All steps of a case. @returns every parameter, and the norms on the way */
async function train(one: Case, options: { blockFloats?: number } = {}) {
  const parameters = parametersOf(withFrozen);
  const names = runs.flat().map(({ name }) => name);
  const trainable = keep(new Trainable(engine, listOf(parameters, names), options.blockFloats));
  const settings = new Map(
    names.map((name) => [
      name,
      {
        rate: one.rates[name] ?? one.rates['*']!,
        weightDecay: one.noDecay?.includes(name) ? 0 : one.weightDecay,
      },
    ]),
  );
  const { kind, betas, eps, clipNorm } = one;
  const adam = new Adam(trainable, settings, { kind, betas, eps, clipNorm });
  const factor = scheduleFactor(one.schedule ?? { kind: 'constant' }, steps);
  const norms: number[] = [];
  for (let step = 0; step < steps; step += 1) {
    const idle = names.filter((name) => one.idle?.[name]?.includes(step));
    for (const { name, shape, scale } of runs.flat()) {
      const gradient = trainable.gradient(name);
      const isIdle = idle.includes(name);
      write(
        gradient,
        isIdle ? new Float32Array(gradient.size) : seededTensor(`optim.${name}.${step}`, shape, scale),
      );
    }
    adam.step({ factor: factor(step), idle });
    norms.push((await read(trainable.status))[0]![0]!);
  }
  return { values: await readAll(parameters), norms, trainable };
}

describe("PyTorch's trajectory", () => {
  it.each(cases)('$name', async (one) => {
    const { values, norms } = await train(one);
    for (const { name } of runs.flat()) {
      const expected = fixture.tensor(`${one.name}.${name}`).data;
      expect(maxDifference(values.get(name)!, expected), name).toBeLessThan(2.5e-7);
      const moved = maxDifference(values.get(name)!, seededTensor(`optim.${name}`, [expected.length], 1));
      expect(moved, name).toBeGreaterThan(name === 'three' ? 1e-6 : 1e-3);
    }
    norms.forEach((norm, step) => {
      expect(Math.abs(norm / one.norms[step]! - 1)).toBeLessThan(1e-6);
    });
    for (const [name, shape] of Object.entries(frozen)) {
      expect(values.get(name), name).toEqual(seededTensor(`optim.${name}`, shape, 1));
    }
  });

  it('is the same, bit for bit, a second time', async () => {
    const [first, second] = [await train(cases[2]!), await train(cases[2]!)];
    expect(second.values).toEqual(first.values);
    expect(second.norms).toEqual(first.norms);
  });

  it('is the same where the arena is in several blocks', async () => {
    const [one, several] = [await train(cases[3]!), await train(cases[3]!, { blockFloats: 2048 })];
    expect(several.trainable.gradientBlocks.length).toBe(3);
    expect(several.values).toEqual(one.values);
  });
});

describe('a compact matrix', () => {
  interface MatrixCase {
    width: number;
    kind: OptimizerKind;
    decay: number;
    clipNorm?: number;
  }
  const rows = Uint32Array.from([0, 3, 4, 31, 32, 49]);

  async function trainMatrix(compact: boolean, { width, kind, decay, clipNorm }: MatrixCase) {
    const parameters = parametersOf([
      [{ name: 'words', shape: [50, width] }],
      [{ name: 'other', shape: [7, 9] }],
    ]);
    const list = listOf(parameters).map((one) => (compact && one.name === 'words' ? { ...one, rows } : one));
    const trainable = keep(new Trainable(engine, list));
    const adam = new Adam(trainable, same(parameters.names, 3e-2, decay), { kind, clipNorm });
    const words = trainable.gradient('words');
    expect(words.shape).toEqual([compact ? rows.length : 50, width]);
    for (let step = 0; step < 12; step += 1) {
      const used = uniform(rows.length * width, step + 1);
      const full = new Float32Array(50 * width);
      rows.forEach((row, i) => {
        full.set(used.subarray(i * width, (i + 1) * width), row * width);
      });
      write(words, compact ? used : full);
      write(trainable.gradient('other'), uniform(63, 100 + step));
      adam.step({ factor: 1 / (1 + step) });
      // In the middle too: later decay comes on top of what is done.
      if (step === 5) adam.finish();
      await engine.commands.submit();
    }
    const [early] = await read(parameters.get('words'));
    adam.finish();
    const [words1, other] = await read(parameters.get('words'), parameters.get('other'));
    adam.finish();
    const [again] = await read(parameters.get('words'));
    expect(again).toEqual(words1);
    return { early: early!, words: words1!, other: other! };
  }

  it.each<MatrixCase>([
    { width: 36, kind: 'adamw', decay: 0.1 },
    { width: 6, kind: 'adamw', decay: 0.1 },
    { width: 36, kind: 'adamw', decay: 0.1, clipNorm: 0.5 },
    { width: 36, kind: 'adamw', decay: 0 },
    { width: 36, kind: 'adam', decay: 0 },
  ])('is trained as the whole: %j', async (one) => {
    const { width, decay } = one;
    const whole = await trainMatrix(false, one);
    const compact = await trainMatrix(true, one);
    const initial = seededTensor('optim.words', [50, width], 1);
    let unused = 0;
    for (let row = 0; row < 50; row += 1) {
      const of = (values: Floats) => values.subarray(row * width, (row + 1) * width);
      if (rows.includes(row)) {
        expect(of(compact.early)).toEqual(of(compact.words));
        // Zeros between the rows change where the norm is rounded.
        if (one.clipNorm) expectClose(of(compact.words), of(whole.words), 3e-7);
        else expect(of(compact.words)).toEqual(of(whole.words));
      } else {
        expectClose(of(compact.words), of(whole.words), 3e-7);
        unused = Math.max(unused, maxDifference(of(compact.words), of(initial)));
        if (decay === 0) expect(of(compact.words)).toEqual(of(initial));
      }
    }
    if (decay > 0) {
      expect(unused).toBeGreaterThan(5e-3);
      expect(compact.early).not.toEqual(compact.words);
    }
    expectClose(compact.other, whole.other, one.clipNorm ? 3e-7 : 0);
  });

  it("is refused where decay is part of Adam's gradient", () => {
    const parameters = parametersOf([[{ name: 'words', shape: [5, 4] }]]);
    const trainable = keep(new Trainable(engine, [{ ...listOf(parameters)[0]!, rows: rows.subarray(0, 2) }]));
    expect(() => new Adam(trainable, same(['words'], 1, 0.1), { kind: 'adam' })).toThrow(/needs the moments/);
  });

  it.each([[[]], [[1, 1]], [[2, 1]], [[5]]])('with rows %j is refused', (wrong) => {
    const parameters = parametersOf([[{ name: 'words', shape: [5, 4] }], [{ name: 'bias', shape: [5] }]]);
    for (const one of listOf(parameters)) {
      expect(() => layOut([{ ...one, rows: Uint32Array.from(wrong) }], 1024)).toThrow(ArgumentError);
    }
  });
});

describe('a gradient that is not finite', () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, -1e30])('%d stops all updates for good', async (bad) => {
    const rows = Uint32Array.from([1]);
    const build = () => {
      const parameters = parametersOf([
        [{ name: 'words', shape: [3, 8] }],
        [{ name: 'w', shape: [65, 20] }],
        [{ name: 'b', shape: [3] }],
      ]);
      const list = listOf(parameters).map((one) => (one.name === 'words' ? { ...one, rows } : one));
      const trainable = keep(new Trainable(engine, list));
      return {
        parameters,
        trainable,
        adam: new Adam(trainable, same(parameters.names, 1e-2, 0.1), { kind: 'adamw', clipNorm: 1 }),
      };
    };
    const good = build();
    write(good.trainable.gradient('w'), uniform(1300, 1));
    good.adam.step();
    good.adam.finish();
    const expected = await readAll(good.parameters);

    const { parameters, trainable, adam } = build();
    write(trainable.gradient('w'), uniform(1300, 1));
    adam.step();
    expect((await read(trainable.status))[0]!.slice(2)).toEqual(Float32Array.of(1, 0));
    const gradient = uniform(1300, 2);
    gradient[1290] = bad;
    write(trainable.gradient('w'), gradient);
    adam.step();
    const [status] = await read(trainable.status);
    expect(status!.slice(2)).toEqual(Float32Array.of(0, 1));
    expect(Number.isFinite(status![0])).toBe(false);
    write(trainable.gradient('w'), uniform(1300, 3));
    adam.step();
    expect((await read(trainable.status))[0]!.slice(2)).toEqual(Float32Array.of(1, 1));
    adam.finish();
    expect(await readAll(parameters)).toEqual(expected);
  });
});

describe('a step', () => {
  /** As MiniLM is: an encoder in one buffer, the heads in another, a compact matrix, biases of 3 and 2. */
  function build(options: Partial<AdamOptions> = {}) {
    const encoder = parametersOf([
      [{ name: 'words', shape: [100, 32] }],
      [{ name: 'w', shape: [96, 96] }],
      [{ name: 'b', shape: [96] }],
    ]);
    const heads = parametersOf([
      [{ name: 'topic.weight', shape: [3, 32] }],
      [{ name: 'topic.bias', shape: [3] }],
      [{ name: 'mood.weight', shape: [2, 32] }],
      [{ name: 'mood.bias', shape: [2] }],
    ]);
    const rows = Uint32Array.from({ length: 20 }, (_, i) => 3 * i);
    const list = [...listOf(encoder), ...listOf(heads)].map((one) =>
      one.name === 'words' ? { ...one, rows } : one,
    );
    const trainable = keep(new Trainable(engine, list));
    const adam = new Adam(trainable, same(trainable.names, 1e-2, 0.1), { kind: 'adamw', ...options });
    const fill = () => {
      for (const name of trainable.names) {
        const gradient = trainable.gradient(name);
        write(gradient, uniform(gradient.size, 1 + trainable.index(name)));
      }
    };
    return { encoder, heads, list, trainable, adam, fill };
  }

  it('takes four dispatches, and after the second makes no buffer, bind group or pipeline', async () => {
    const { trainable, adam, fill } = build({ clipNorm: 1 });
    const before = engine.commands.dispatches;
    fill();
    adam.step();
    expect(engine.commands.dispatches - before).toBe(4);
    for (let i = 0; i < 2; i += 1) {
      adam.step();
      await read(trainable.status);
    }
    const { created, liveBytes } = engine.usage();
    for (let i = 0; i < 20; i += 1) {
      adam.step({ factor: i / 20 });
      await read(trainable.status);
    }
    expect(engine.usage()).toMatchObject({ created, liveBytes });
  });

  it('needs no waiting: steps recorded ahead give the same bits', async () => {
    const outcomes = await Promise.all(
      [true, false].map(async (waits) => {
        const { encoder, adam, fill } = build({ clipNorm: 0.1 });
        fill();
        const submits: Promise<void>[] = [];
        for (let i = 0; i < 8; i += 1) {
          adam.step({ factor: (i % 3) / 2 });
          if (i % 3 === 2) continue;
          const submitted = engine.commands.submit();
          if (waits) await submitted;
          submits.push(submitted);
        }
        await Promise.all(submits);
        return readAll(encoder);
      }),
    );
    expect(outcomes[0]).toEqual(outcomes[1]);
  });

  it('leaves gradients as they were', async () => {
    const { trainable, adam, fill } = build();
    const gradients = trainable.names.map((name) => trainable.gradient(name));
    fill();
    const before = await read(...gradients);
    adam.step();
    expect(await read(...gradients)).toEqual(before);
  });

  it('reports the norm before clipping, and the coefficient', async () => {
    for (const clipNorm of [undefined, 0.25, 1e6]) {
      const { trainable, adam, fill } = build({ clipNorm });
      fill();
      const gradients = await read(...trainable.names.map((name) => trainable.gradient(name)));
      const norm = Math.sqrt(gradients.reduce((sum, g) => g.reduce((s, x) => s + x * x, sum), 0));
      adam.step();
      const [status] = await read(trainable.status);
      expect(Math.abs(status![0]! / norm - 1)).toBeLessThan(1e-6);
      expect(status![1]).toBeCloseTo(clipNorm === 0.25 ? 0.25 / (norm + 1e-6) : 1, 6);
    }
  });

  it("clips a tiny norm with PyTorch's 1e-6 added", async () => {
    const { trainable, adam } = build({ clipNorm: 1e-6 });
    write(trainable.gradient('topic.bias'), Float32Array.of(0, 1e-6, 0));
    adam.step();
    const [status] = await read(trainable.status);
    expect(status![0]).toBeCloseTo(1e-6, 12);
    expect(status![1]).toBeCloseTo(0.5, 6);
  });

  it('gives back all that it took, which is what was planned', async () => {
    await engine.commands.submit();
    const before = engine.usage().liveBytes;
    const { encoder, heads, trainable, adam } = build();
    const planned = trainable.bytes;
    expect(planned.moments).toBe(2 * planned.gradients);
    const floats = [20 * 32, 96 * 96, 96, 3 * 32, 3, 2 * 32, 2];
    expect(planned.gradients).toBe(floats.reduce((sum, n) => sum + 256 * Math.ceil(n / 64), 0));
    const made = engine.usage().liveBytes;
    adam.step();
    await engine.commands.submit();
    expect(engine.usage().liveBytes - made).toBe(planned.moments);
    trainable.dispose();
    encoder.dispose();
    heads.dispose();
    expect(engine.usage().liveBytes).toBe(before);
  });
});

describe('gradients', () => {
  const shapes: [string, number[]][][] = [
    [
      ['q', [6, 20]],
      ['k', [6, 20]],
      ['v', [2, 20]],
    ],
    [['bias', [64]]],
    [['norm', [64]]],
    [['square', [64, 64]]],
    [['next', [8, 64]]],
  ];
  const runs = shapes.map((run) => run.map(([name, shape]) => ({ name, shape })));
  const size = (name: string) => sizeOf(new Map(shapes.flat()).get(name)!);

  it('of neighbours can be used as one', async () => {
    const parameters = parametersOf(runs);
    const trainable = keep(new Trainable(engine, listOf(parameters)));
    const joined = trainable.joinedGradient(['q', 'k', 'v']);
    expect(joined.shape).toEqual([14, 20]);
    const values = uniform(280, 3);
    write(joined, values);
    const [q, k, v] = await read(...['q', 'k', 'v'].map((name) => trainable.gradient(name)));
    expect([...q!, ...k!, ...v!]).toEqual([...values]);
    for (const name of ['q', 'bias', 'norm', 'square']) {
      expect(trainable.gradient(name).slice.offset % 256).toBe(0);
    }
    expect(() => trainable.joinedGradient(['q', 'v'])).toThrow(TabgradError);
    expect(() => trainable.joinedGradient(['norm', 'square'])).toThrow(/do not lie one after the other/);
    expect(() => trainable.gradient('pooler')).toThrow(/"pooler" is not trained/);
    expect(trainable.has('q')).toBe(true);
    expect(trainable.has('pooler')).toBe(false);
  });

  it('of neighbours stay in one block', () => {
    const parameters = parametersOf(runs);
    const list = listOf(parameters);
    // The three projections go on together, though the first would still have room.
    const { blocks, places } = layOut([list[3]!, ...list.slice(0, 3)], 280);
    expect(places.map(({ block, offset }) => [block, offset])).toEqual([
      [0, 0],
      [1, 0],
      [1, 120],
      [1, 240],
    ]);
    expect(blocks).toEqual([256, 1280]);
  });

  it('of neighbours that are too long together go by themselves, a large one alone', () => {
    const list = listOf(parametersOf(runs));
    const { places, blocks } = layOut(list.slice(5), 1024);
    expect(places.map(({ block, offset }) => [block, offset])).toEqual([
      [0, 0],
      [1, 0],
    ]);
    expect(blocks).toEqual([4 * size('square'), 4 * size('next')]);
  });

  it('are of at least one parameter, each once', () => {
    const list = listOf(parametersOf(runs));
    expect(() => layOut([], 1024)).toThrow(/all are frozen/);
    expect(() => layOut([list[0]!, list[0]!], 1024)).toThrow(ArgumentError);
  });
});

describe('bad options', () => {
  const options: [string, Partial<AdamOptions>][] = [
    ['betas', { betas: [1, 0.999] }],
    ['betas', { betas: [0.9, Number.NaN] }],
    ['eps', { eps: 0 }],
    ['eps', { eps: 1e-40 }],
    ['clipNorm', { clipNorm: 0 }],
    ['clipNorm', { clipNorm: Number.POSITIVE_INFINITY }],
    ['optimizer', { kind: 'sgd' as OptimizerKind }],
  ];
  it.each(options)('%s', (argument, wrong) => {
    const trainable = keep(new Trainable(engine, listOf(parametersOf([[{ name: 'w', shape: [3] }]]))));
    expect(() => new Adam(trainable, same(['w']), { kind: 'adam', ...wrong })).toThrow(
      expect.objectContaining({ argument }),
    );
  });

  it('a parameter without a rate, an idle one that is not trained', () => {
    const trainable = keep(new Trainable(engine, listOf(parametersOf([[{ name: 'w', shape: [3] }]]))));
    const still = new Map([['w', { rate: null, weightDecay: 0 }]]);
    expect(() => new Adam(trainable, still, { kind: 'adam' })).toThrow(/w is to be trained/);
    expect(() => new Adam(trainable, new Map(), { kind: 'adam' })).toThrow(ArgumentError);
    const adam = new Adam(trainable, same(['w']), { kind: 'adam' });
    expect(() => adam.step({ idle: ['x'] })).toThrow(TabgradError);
  });
});
