import { describe, expect, it } from 'vitest';
import philox from '../../shaders/lib/philox.wgsl?raw';
import { kernel } from '../../src/gpu/kernel.ts';
import { attention } from '../../src/ops/attention.ts';
import { attentionBackward, attentionForward } from '../../src/ops/attentionVariants.ts';
import { Dropout, dropout } from '../../src/ops/dropout.ts';
import { packing } from '../../src/ops/packing.ts';
import { feedForward } from '../../src/ops/products/feedForward.ts';
import { linear } from '../../src/ops/products/linear.ts';
import { run } from '../../src/ops/run.ts';
import { empty, fromData, type Tensor } from '../../src/tensor/tensor.ts';
import { compute, type Input, testEngine } from '../support/engine.ts';
import { gradientsOf } from '../support/gradients.ts';
import { expectClose, maxDifference, tensorOf } from '../support/numbers.ts';
import { takeVariants, useVariants, variantNames } from '../support/variants.ts';

const engine = await testEngine();
const use = (rate = 0.1, seed = 7, stream = 3) => new Dropout(rate, seed, stream).next();

describe('philox', () => {
  it('gives the words that its authors publish', async () => {
    const source = `
      struct Params { a: u32, b: u32, c: u32, d: u32, e: u32, f: u32 }
      @group(0) @binding(0) var<uniform> params: Params;
      @group(0) @binding(1) var<storage, read_write> words: array<vec4u>;
      @compute @workgroup_size(1) fn forward() {
        words[0] = philox(vec4u(params.a, params.b, params.c, params.d), vec2u(params.e, params.f));
      }`;
    const words = kernel('test.philox', [philox, source], 'forward');
    const draw = async (...[a, b, c, d, e, f]: number[]) => {
      const floats = await compute(engine, [], () => {
        const out = empty(engine, [4]);
        run(words, { words: out }, { params: { a: a!, b: b!, c: c!, d: d!, e: e!, f: f! }, workgroups: [1] });
        return out;
      });
      return [...new Uint32Array(floats.buffer)].map((word) => word.toString(16).padStart(8, '0')).join(' ');
    };
    // Known answers of Random123, philox4x32 with 10 rounds: https://github.com/DEShawResearch/random123
    const ones = 0xffffffff;
    expect(await draw(0, 0, 0, 0, 0, 0)).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8');
    expect(await draw(ones, ones, ones, ones, ones, ones)).toBe('408f276d 41c83b0e a20bc7c6 6d5451fd');
    expect(await draw(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0)).toBe(
      'd16cfe09 94fdcceb 5001e420 24126ea1',
    );
  });
});

describe('dropout', () => {
  const ones: Input = { data: new Float32Array(65_537).fill(1), shape: [65_537] };

  it.each([0.1, 0.5, 0.9])('keeps the mean and has the variance of rate %d', async (rate) => {
    const y = await compute(engine, [ones], (x) => dropout(x, use(rate)));
    const kept = [...y].filter((value) => value !== 0);
    for (const value of kept.slice(0, 100)) expect(value).toBeCloseTo(1 / (1 - rate), 5);
    const mean = kept.length / y.length / (1 - rate);
    const variance = rate / (1 - rate);
    // Five standard deviations of the mean.
    expect(Math.abs(mean - 1)).toBeLessThan(5 * Math.sqrt(variance / y.length));
  });

  it('gives the same bits for the same seed and stream, others for another of either', async () => {
    const draw = (...args: Parameters<typeof use>) =>
      compute(engine, [ones], (x) => dropout(x, use(...args)));
    const first = await draw(0.3, 1, 5);
    expect(maxDifference(await draw(0.3, 1, 5), first)).toBe(0);
    const changed = (other: Float32Array) =>
      other.filter((value, i) => value !== first[i]).length / first.length;
    for (const other of [await draw(0.3, 2, 5), await draw(0.3, 1, 6)])
      expect(changed(other)).toBeCloseTo(0.42, 1);
  });

  it('is the identity without a use, and at rate 0', async () => {
    expect(new Dropout(0, 1).next()).toBeUndefined();
    const x = tensorOf([5, 8], 1);
    expect(maxDifference(await compute(engine, [x], (x) => dropout(x, undefined)), x.data)).toBe(0);
  });

  it('uses one mask forward and backward', async () => {
    const x = tensorOf([7, 36], 1);
    const one: Input = { data: new Float32Array(7 * 36).fill(1), shape: [7, 36] };
    const mask = await compute(engine, [one], (x) => dropout(x, use()));
    const { x: gradient } = await gradientsOf(engine, { x }, [], one, ({ x }) => dropout(x, use()));
    expect(maxDifference(gradient, mask)).toBe(0);
    expect([...mask].filter((value) => value === 0).length).toBeGreaterThan(5);
  });
});

/** The derivative of Σ op(x) ∘ dOut along a direction, by differences: with a fixed mask it is a smooth function. */
async function alongDirection(x: Input, dOut: Input, op: (x: Tensor) => Tensor, direction: Float32Array) {
  const step = 1 / 64;
  const at = async (sign: number) => {
    const moved = {
      data: (x.data as Float32Array<ArrayBuffer>).map((value, i) => value + sign * step * direction[i]!),
      shape: x.shape,
    };
    const y = await compute(engine, [moved], op);
    return y.reduce((sum, value, i) => sum + value * (dOut.data[i] as number), 0);
  };
  return ((await at(1)) - (await at(-1))) / (2 * step);
}

describe('dropout inside other ops', () => {
  it('linear and feed-forward: of what is added to the residual, forward and backward', async () => {
    const [T, H, I] = [33, 36, 68];
    const x = tensorOf([T, H], 1);
    const weights = [tensorOf([I, H], 2, 0.3), tensorOf([I], 3), tensorOf([H, I], 4, 0.3), tensorOf([H], 5)];
    const dOut = tensorOf([T, H], 6);
    const ops: ((x: Tensor, w: Tensor[]) => Tensor)[] = [
      (x, [, , , bias]) => linear(x, wide(x), bias!, x, use()),
      (x, w) => feedForward(x, { weight: w[0]!, bias: w[1]! }, { weight: w[2]!, bias: w[3]! }, use()),
    ];
    const square = tensorOf([H, H], 8, 0.3);
    let wide: (x: Tensor) => Tensor;
    for (const op of ops) {
      const inputs = { x, a: weights[0]!, b: weights[1]!, c: weights[2]!, d: weights[3]!, square };
      const { x: dX } = await gradientsOf(
        engine,
        inputs,
        ['a', 'b', 'c', 'd', 'square'],
        dOut,
        ({ x, a, b, c, d, square }) => {
          wide = () => square;
          return op(x, [a, b, c, d]);
        },
      );
      const direction = tensorOf([T, H], 9).data;
      const expected = await alongDirection(
        x,
        dOut,
        (x) => {
          const made = weights.map(({ data, shape }) => fromData(x.engine, data, shape));
          const squareTensor = fromData(x.engine, square.data, square.shape);
          wide = () => squareTensor;
          return op(x, made);
        },
        direction,
      );
      const actual = dX.reduce((sum, value, i) => sum + value * direction[i]!, 0);
      expect(Math.abs(actual - expected)).toBeLessThan(2e-3 * Math.max(1, Math.abs(expected)));
    }
  });

  const lengths = [1, 7, 33];
  const pack = () => packing(engine, Uint32Array.from([0, 1, 8, 41]), Uint32Array.from(lengths));
  const families = [attentionForward, attentionBackward];
  const variants = variantNames(families, engine);

  it('attention: every kernel has the same mask', async () => {
    const qkv = tensorOf([41, 3 * 64], 1);
    const outs = [];
    for (const variant of variants) {
      const giveBack = takeVariants(engine, families, variant);
      outs.push(await compute(engine, [qkv], (x) => attention(x, pack(), 2, use(0.4))).finally(giveBack));
    }
    for (const out of outs.slice(1)) expectClose(out, outs[0]!, 2e-6);
    const plain = await compute(engine, [qkv], (x) => attention(x, pack(), 2));
    expect(maxDifference(plain, outs[0]!)).toBeGreaterThan(0.1);
  });

  describe.each(variants)('attention, %s kernel', (variant) => {
    useVariants(engine, families, variant);

    it('has one mask forward and backward', async () => {
      const qkv = tensorOf([41, 3 * 64], 2);
      const dOut = tensorOf([41, 64], 3);
      const op = (x: Tensor) => attention(x, pack(), 2, use(0.4));
      const { qkv: gradient } = await gradientsOf(engine, { qkv }, [], dOut, ({ qkv }) => op(qkv));
      for (const seed of [4, 5]) {
        const direction = tensorOf([41, 3 * 64], seed).data;
        const expected = await alongDirection(qkv, dOut, op, direction);
        const actual = gradient.reduce((sum, value, i) => sum + value * direction[i]!, 0);
        expect(Math.abs(actual - expected)).toBeLessThan(2e-3 * Math.max(1, Math.abs(expected)));
      }
    });
  });
});
