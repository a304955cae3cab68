import { describe, expect, it } from 'vitest';
import { ShapeError } from '../../src/errors.ts';
import { attention } from '../../src/ops/attention.ts';
import { attentionForward } from '../../src/ops/attentionVariants.ts';
import { gelu } from '../../src/ops/gelu.ts';
import { layerNorm } from '../../src/ops/layerNorm.ts';
import { normalize } from '../../src/ops/normalize.ts';
import { packing } from '../../src/ops/packing.ts';
import { gemm } from '../../src/ops/products/gemm.ts';
import { products } from '../../src/ops/products/productVariants.ts';
import { softmax } from '../../src/ops/softmax.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { compute, testEngine } from '../support/engine.ts';
import { type OpCase, opInput, readFixture } from '../support/fixtures.ts';
import { expectClose } from '../support/numbers.ts';
import { useVariants, variantNames } from '../support/variants.ts';

const engine = await testEngine();
const { facts, tensor } = readFixture<{ cases: OpCase[] }>('ops/ops');

type Input = { shape: number[]; data: Float32Array<ArrayBuffer> };
type Run = (inputs: Record<string, Tensor>, one: OpCase) => Tensor;

const ops: Record<OpCase['op'], Run> = {
  linear: ({ x, weight, bias }) => gemm(x!, weight!, { transposeB: true, bias: bias! }),
  gelu: ({ x }) => gelu(x!),
  layerNorm: ({ x, weight, bias }, { eps }) => layerNorm(x!, weight!, bias!, eps!),
  softmax: ({ x }) => softmax(x!),
  normalize: ({ x }) => normalize(x!),
  attention: ({ qkv }, { rows, keyLens, heads }) => {
    const cuSeqlens = [0];
    for (const length of rows!) cuSeqlens.push(cuSeqlens.at(-1)! + length);
    return attention(qkv!, packing(engine, Uint32Array.from(cuSeqlens), Uint32Array.from(keyLens!)), heads!);
  },
};

/** Queries, keys and values lie side by side in our rows. */
function sideBySide(parts: Input[]): Input {
  const [rows, width] = parts[0]!.shape as [number, number];
  const data = new Float32Array(rows * width * parts.length);
  for (let row = 0; row < rows; row += 1) {
    parts.forEach((part, i) => {
      data.set(part.data.subarray(row * width, (row + 1) * width), (row * parts.length + i) * width);
    });
  }
  return { shape: [rows, width * parts.length], data };
}

function inputsOf({ inputs }: OpCase): Record<string, Input> {
  const values = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, opInput(input)]));
  const { q, k, v } = values;
  return q ? { qkv: sideBySide([q, k!, v!]) } : values;
}

function calculate(one: OpCase, run: Run = ops[one.op]): Promise<Float32Array> {
  const inputs = inputsOf(one);
  const names = Object.keys(inputs);
  return compute(engine, Object.values(inputs), (...tensors) =>
    run(Object.fromEntries(names.map((name, i) => [name, tensors[i]!])), one),
  );
}

/**
 * PyTorch's own float32 error times a few, since sums are taken in another order; and one rounding step of the
 * largest number, where PyTorch happens to have none.
 */
function toleranceOf({ noise, op }: OpCase, expected: Float32Array): number {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const step = op === 'gelu' ? 1 : largest;
  return 4 * noise + 1.2e-7 * Math.max(step, 1);
}

const families = { linear: [products.NT], attention: [attentionForward] };
const styled = Object.entries(families).flatMap(([op, list]) =>
  variantNames(list, engine).map((variant) => ({ op, list, variant })),
);

describe.each(styled)('PyTorch, $op, $variant kernel', ({ op, list, variant }) => {
  useVariants(engine, list, variant);

  it.each(facts.cases.filter((one) => one.op === op))('$name', async (one) => {
    const expected = tensor(one.name);
    const actual = await calculate(one);
    expect(actual).toHaveLength(expected.data.length);
    expectClose(actual, expected.data, toleranceOf(one, expected.data));
  });
});

describe('PyTorch', () => {
  it.each(facts.cases.filter(({ op }) => !(op in families)))('$name', async (one) => {
    const expected = tensor(one.name).data;
    const actual = await calculate(one);
    if (one.name !== 'gelu.extremes') {
      expectClose(actual, expected, toleranceOf(one, expected));
      return;
    }
    // Each to its own size: from 1e-38 to 1e30.
    expected.forEach((value, i) => {
      const x = opInput(one.inputs.x!).data[i]!;
      const allowed =
        x > 0 ? Math.max(3e-7 * Math.abs(value), 3e-7 * Math.min(1, x)) : 3e-7 * Math.min(1, -x);
      expect(Math.abs(actual[i]! - value), `gelu(${x})`).toBeLessThanOrEqual(Math.max(allowed, 1.2e-38));
    });
  });
});

describe('widths that the vec4 kernels do not take are refused', () => {
  const isQuad = ({ inputs }: OpCase) =>
    Object.values(inputs).every((input) => 'values' in input || input.shape.at(-1)! % 4 === 0);
  const odd = facts.cases.filter((one) => one.op === 'linear' && !isQuad(one));

  it.each(odd)('$name with GELU', async (one) => {
    const failing = calculate(one, ({ x, weight, bias }) =>
      gemm(x!, weight!, { transposeB: true, bias: bias!, gelu: true }),
    );
    await expect(failing).rejects.toThrow(ShapeError);
    await expect(failing).rejects.toMatchObject({ op: 'gemm' });
  });

  const softmaxes = facts.cases.filter((one) => one.op === 'softmax' && !isQuad(one));
  it.each(softmaxes)('$name in normalize and layerNorm', async (one) => {
    await expect(calculate(one, ({ x }) => normalize(x!))).rejects.toThrow(
      /normalize\(\): the last dimension of \[\d+, \d+\]/,
    );
    await expect(calculate(one, ({ x }) => layerNorm(x!, x!, x!, 1e-12))).rejects.toThrow(ShapeError);
  });
});
