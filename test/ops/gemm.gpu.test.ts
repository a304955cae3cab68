import { describe, expect, it } from 'vitest';
import { ShapeError } from '../../src/errors.ts';
import { gemm } from '../../src/ops/products/gemm.ts';
import { products, smallProducts } from '../../src/ops/products/productVariants.ts';
import { empty } from '../../src/tensor/tensor.ts';
import { compute, computeAll, testEngine } from '../support/engine.ts';
import { expectClose, tensorOf, uniform } from '../support/numbers.ts';
import * as reference from '../support/reference.ts';
import { useVariants, variantNames } from '../support/variants.ts';

const engine = await testEngine();
const families = Object.values(products);
const variants = variantNames(families, engine);

// Rows and columns at 1, below, at and above a tile of 64; inner at one vec4, below and above a panel of 32; several
// workgroups each way; none square.
const sizes: [rows: number, columns: number, inner: number][] = [
  [1, 4, 4],
  [1, 384, 64],
  [3, 36, 28],
  [63, 60, 36],
  [64, 64, 32],
  [65, 68, 40],
  [130, 196, 100],
  [257, 132, 12],
];

describe.each(variants)('gemm, %s kernel', (variant) => {
  useVariants(engine, families, variant);

  it.each(sizes)('%i × %i, inner %i', async (...size) => {
    const [rows, columns, inner] = size;
    for (const transposeB of [true, false]) {
      const a = tensorOf([rows, inner], 1);
      const b = tensorOf(transposeB ? [columns, inner] : [inner, columns], 2);
      const actual = await compute(engine, [a, b], (a, b) => gemm(a, b, { transposeB }));
      expectClose(actual, reference.matmul(a.data, b.data, size, transposeB), 1e-6 * Math.sqrt(inner));
    }
  });

  it.each(sizes)('%i × %i, inner %i, gelu(a·b + bias) + residual', async (...size) => {
    const [rows, columns, inner] = size;
    const a = tensorOf([rows, inner], 3);
    const b = tensorOf([columns, inner], 4);
    const bias = tensorOf([columns], 5);
    const residual = tensorOf([rows, columns], 6);
    const actual = await compute(engine, [a, b, bias, residual], (a, b, bias, residual) =>
      gemm(a, b, { transposeB: true, bias, gelu: true, residual }),
    );
    const product = reference.matmul(a.data, b.data, size, true);
    const activated = reference.gelu(product.map((value, i) => value + bias.data[i % columns]!));
    expectClose(
      actual,
      activated.map((value, i) => value + residual.data[i]!),
      2e-6 * Math.sqrt(inner),
    );
  });
});

// The inner dimension counts tokens here: any number of them.
const gradientSizes: [rows: number, columns: number, inner: number][] = [
  [4, 4, 1],
  [12, 36, 3],
  [60, 68, 16],
  [64, 64, 17],
  [68, 100, 33],
  [196, 132, 130],
];

describe.each(variants)('gemm for gradients, %s kernel', (variant) => {
  useVariants(engine, families, variant);

  it.each(gradientSizes)('weight and bias: %i × %i over %i tokens, written and added', async (...size) => {
    const [rows, columns, inner] = size;
    const dOut = tensorOf([inner, rows], 1);
    const x = tensorOf([inner, columns], 2);
    const product = reference.matmul(reference.transposed(dOut.data, rows, inner), x.data, size, false);
    const sums = Array.from({ length: rows }, (_, row) =>
      Array.from({ length: inner }, (_, k) => dOut.data[k * rows + row]!).reduce((a, b) => a + b, 0),
    );
    for (const accumulate of [false, true]) {
      const [actual, actualBias] = await computeAll(
        engine,
        [dOut, x, tensorOf([rows, columns], 3), tensorOf([rows], 4)],
        (dOut, x, into, biasGradient) => {
          gemm(dOut!, x!, { transposeA: true, into, biasGradient, accumulate });
          return [into!, biasGradient!];
        },
      );
      const before = accumulate ? uniform(rows * columns, 3) : undefined;
      const beforeBias = accumulate ? uniform(rows, 4) : undefined;
      expectClose(
        actual!,
        product.map((value, i) => value + (before?.[i] ?? 0)),
        1e-6 * Math.sqrt(inner) + 2e-7,
      );
      expectClose(
        actualBias!,
        sums.map((value, i) => value + (beforeBias?.[i] ?? 0)),
        1e-6 * Math.sqrt(inner) + 2e-7,
      );
    }
  });

  it.each(sizes)('through GELU: %i × %i, inner %i', async (...size) => {
    const [rows, columns, inner] = size;
    const a = tensorOf([rows, inner], 1);
    const b = tensorOf([inner, columns], 2);
    const at = tensorOf([rows, columns], 3, 4);
    const actual = await compute(engine, [a, b, at], (a, b, geluGradientAt) =>
      gemm(a, b, { geluGradientAt }),
    );
    const product = reference.matmul(a.data, b.data, size, false);
    expectClose(
      actual,
      product.map((value, i) => value * reference.geluDerivative(at.data[i]!)),
      2e-6 * Math.sqrt(inner),
    );
  });

  it('keeps the value before GELU beside the one after it', async () => {
    const size: [number, number, number] = [33, 36, 28];
    const a = tensorOf([33, 28], 1);
    const b = tensorOf([36, 28], 2);
    const [after, before] = await computeAll(engine, [a, b], (a, b) => {
      const preActivation = empty(engine, [33, 36]);
      return [gemm(a!, b!, { transposeB: true, preActivation, gelu: true }), preActivation];
    });
    const product = reference.matmul(a.data, b.data, size, true);
    expectClose(before!, product, 6e-6);
    expectClose(after!, reference.gelu(product), 6e-6);
  });
});

describe.each(variantNames([smallProducts], engine))(
  'gemm of sizes that are no multiples of 4, %s kernel',
  (variant) => {
    useVariants(engine, [smallProducts], variant);

    it.each([
      [1, 1, 1],
      [5, 3, 384],
      [17, 2, 7],
      [300, 3, 5],
    ] as [number, number, number][])('%i × %i, inner %i', async (...size) => {
      const [rows, columns, inner] = size;
      for (const transposeB of [true, false]) {
        const a = tensorOf([rows, inner], 7);
        const b = tensorOf(transposeB ? [columns, inner] : [inner, columns], 8);
        const bias = tensorOf([columns], 9);
        const actual = await compute(engine, [a, b, bias], (a, b, bias) => gemm(a, b, { transposeB, bias }));
        const product = reference.matmul(a.data, b.data, size, transposeB);
        expectClose(
          actual,
          product.map((value, i) => value + bias.data[i % columns]!),
          1e-6 * Math.sqrt(inner),
        );
      }
    });

    it.each([
      [3, 384, 5],
      [2, 7, 1],
      [5, 4, 70],
    ] as [number, number, number][])('weight and bias: %i × %i over %i tokens', async (...size) => {
      const [rows, columns, inner] = size;
      const dOut = tensorOf([inner, rows], 1);
      const x = tensorOf([inner, columns], 2);
      const [actual, actualBias] = await computeAll(engine, [dOut, x], (dOut, x) => {
        const into = empty(engine, [rows, columns]);
        const biasGradient = empty(engine, [rows]);
        gemm(dOut!, x!, { transposeA: true, into, biasGradient });
        return [into, biasGradient];
      });
      const transposed = reference.transposed(dOut.data, rows, inner);
      expectClose(actual!, reference.matmul(transposed, x.data, size, false), 1e-6 * Math.sqrt(inner));
      const ones = new Float32Array(inner).fill(1);
      expectClose(
        actualBias!,
        reference.matmul(transposed, ones, [rows, 1, inner], false),
        1e-6 * Math.sqrt(inner),
      );
    });
  },
);

describe('gemm refuses', () => {
  it('shapes that do not fit, naming both', async () => {
    const inputs = [tensorOf([2, 8], 1), tensorOf([4, 4], 2)];
    const failing = compute(engine, inputs, (a, b) => gemm(a, b));
    await expect(failing).rejects.toThrow(ShapeError);
    await expect(compute(engine, inputs, (a, b) => gemm(a, b))).rejects.toThrow('[4, 4], expected [8, ·]');
  });
});
