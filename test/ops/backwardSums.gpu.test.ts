import fc from 'fast-check';
import { describe, it } from 'vitest';
import { Engine } from '../../src/gpu/engine.ts';
import { attention } from '../../src/ops/attention.ts';
import { gelu } from '../../src/ops/gelu.ts';
import { layerNorm } from '../../src/ops/layerNorm.ts';
import { normalize } from '../../src/ops/normalize.ts';
import { pool } from '../../src/ops/pooling.ts';
import { linear } from '../../src/ops/products/linear.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import type { Pooling } from '../../src/types.ts';
import {
  add,
  check,
  engine,
  pack,
  plainLinear,
  plainPool,
  rowCount,
  rowsOf,
  seed,
  sequences,
  settings,
  type Values,
  width,
} from '../support/differences.ts';
import type { Input } from '../support/engine.ts';
import { tensorOf } from '../support/numbers.ts';
import * as reference from '../support/reference.ts';
import { pretend } from '../support/variants.ts';

/** An engine that takes its adapter for a GPU: other kernels, and gradients of weights in pairs. */
const gpuLike = pretend(await Engine.open(globalThis.testGpu), { isSoftware: false });

describe.each([
  ['this adapter', engine],
  ['a GPU', gpuLike],
] as const)('gradients add up where a value has several consumers, with the kernels of %s', (_, on) => {
  const sizes = fc.tuple(rowCount, width, seed);
  type Name = 'x' | 'weight' | 'bias' | 'gamma' | 'beta';
  const parameters: Name[] = ['weight', 'bias', 'gamma', 'beta'];
  /** Those that a case uses: nobody writes the gradient of another. */
  const inputsOf = (title: string, rows: number, width: number, number: number) => {
    const norm = { gamma: tensorOf([width], number + 3), beta: tensorOf([width], number + 4) };
    const rest = {
      x: tensorOf([rows, width], number),
      weight: tensorOf([width, width], number + 1),
      bias: tensorOf([width], number + 2),
    };
    return (title.includes('layer norm') ? { ...rest, ...norm } : rest) as Record<Name, Input>;
  };
  type Case = [
    string,
    (tensors: Record<Name, Tensor>) => Tensor,
    (values: Values<Name>, width: number) => Float64Array,
  ];

  it.each<Case>([
    [
      'two linear layers that share their parameters too',
      ({ x, weight, bias }) => linear(x, weight, bias, linear(x, weight, bias)),
      ({ x, weight, bias }) => plainLinear(x, weight, bias).map((value) => 2 * value),
    ],
    [
      'a residual and a linear layer',
      ({ x, weight, bias }) => linear(x, weight, bias, x),
      ({ x, weight, bias }) => add(plainLinear(x, weight, bias), x),
    ],
    [
      'a residual, and GELU before a linear layer',
      ({ x, weight, bias }) => linear(gelu(x), weight, bias, x),
      ({ x, weight, bias }) => add(plainLinear(reference.gelu(x), weight, bias), x),
    ],
    [
      'a residual, and normalize before a linear layer',
      ({ x, weight, bias }) => linear(normalize(x), weight, bias, x),
      ({ x, weight, bias }, width) => add(plainLinear(reference.normalize(x, width), weight, bias), x),
    ],
    [
      'a residual, and a layer norm before a linear layer',
      ({ x, weight, bias, gamma, beta }) => linear(layerNorm(x, gamma, beta, 1e-5), weight, bias, x),
      ({ x, weight, bias, gamma, beta }) =>
        add(plainLinear(reference.layerNorm(x, gamma, beta, 1e-5), weight, bias), x),
    ],
    [
      'one layer norm twice, one after the other, and a residual over both',
      ({ x, weight, bias, gamma, beta }) =>
        linear(layerNorm(layerNorm(x, gamma, beta, 1e-5), gamma, beta, 1e-5), weight, bias, x),
      ({ x, weight, bias, gamma, beta }) => {
        const once = reference.layerNorm(x, gamma, beta, 1e-5);
        return add(plainLinear(reference.layerNorm(once, gamma, beta, 1e-5), weight, bias), x);
      },
    ],
  ])('%s', async (title, op, plain) => {
    await fc.assert(
      fc.asyncProperty(sizes, async ([rows, width, number]) => {
        fc.pre(width > 8);
        const inputs = inputsOf(title, rows, width, number);
        const trained = parameters.filter((name) => name in inputs);
        await check(inputs, trained, op, (values) => plain(values, width), [rows, width], on);
      }),
      settings(6),
    );
  });

  it('attention and a linear layer', async () => {
    await fc.assert(
      fc.asyncProperty(sequences, seed, async (list, number) => {
        const [lengths, keys] = [list.map(({ length }) => length), list.map(({ keys }) => keys)];
        const inputs = {
          qkv: tensorOf([rowsOf(list), 48], number, 2),
          weight: tensorOf([16, 48], number + 1),
          bias: tensorOf([16], number + 2),
        };
        await check(
          inputs,
          ['weight', 'bias'],
          ({ qkv, weight, bias }) => linear(qkv, weight, bias, attention(qkv, pack(list, on), 2)),
          ({ qkv, weight, bias }) =>
            add(plainLinear(qkv, weight, bias), reference.attention(qkv, 2, 8, lengths, keys)),
          [rowsOf(list), 16],
          on,
        );
      }),
      settings(8),
    );
  });

  it.each<[Pooling, Pooling]>([
    ['cls', 'mean'],
    ['mean-with-padding', 'max'],
    ['max', 'cls'],
  ])('%s and %s pooling', async (one, other) => {
    await fc.assert(
      fc.asyncProperty(sequences, width, seed, async (list, width, number) => {
        const inputs = {
          x: tensorOf([rowsOf(list), width], number),
          weight: tensorOf([width, width], number + 1),
          bias: tensorOf([width], number + 2),
        };
        await check(
          inputs,
          ['weight', 'bias'],
          ({ x, weight, bias }) =>
            linear(pool(x, pack(list, on), one), weight, bias, pool(x, pack(list, on), other)),
          ({ x, weight, bias }) =>
            add(plainLinear(plainPool(x, list, width, one), weight, bias), plainPool(x, list, width, other)),
          [list.length, width],
          on,
        );
      }),
      settings(6),
    );
  });
});
