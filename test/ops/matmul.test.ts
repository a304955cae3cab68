import { describe, expect, it } from 'vitest';
import { ShapeError } from '../../src/errors.ts';
import { runnableStyles } from '../../src/gpu/tuning.ts';
import { matmul } from '../../src/ops/matmul.ts';
import { compute, testEngine } from '../support/engine.ts';
import { expectClose, tensorOf } from '../support/numbers.ts';
import * as reference from '../support/reference.ts';

const engine = await testEngine();
const styles = runnableStyles(engine.adapter);

// Rows and columns at 1, below, at and above a tile of 64; inner at one vec4, below and above a panel of 32; several workgroups each way; none square.
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

describe.each(styles)('matmul, %s kernel', (style) => {
  it.each(sizes)('%i × %i, inner %i', async (...size) => {
    const [rows, columns, inner] = size;
    for (const transposeB of [true, false]) {
      const a = tensorOf([rows, inner], 1);
      const b = tensorOf(transposeB ? [columns, inner] : [inner, columns], 2);
      const actual = await compute(engine, [a, b], (a, b) => matmul(a, b, { transposeB, style }));
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
      matmul(a, b, { transposeB: true, bias, gelu: true, residual, style }),
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

describe('matmul of sizes that are no multiples of 4', () => {
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
      const actual = await compute(engine, [a, b, bias], (a, b, bias) => matmul(a, b, { transposeB, bias }));
      const product = reference.matmul(a.data, b.data, size, transposeB);
      expectClose(
        actual,
        product.map((value, i) => value + bias.data[i % columns]!),
        1e-6 * Math.sqrt(inner),
      );
    }
  });
});

describe('matmul refuses', () => {
  it('shapes that do not fit, naming both', async () => {
    const inputs = [tensorOf([2, 8], 1), tensorOf([4, 4], 2)];
    const failing = compute(engine, inputs, (a, b) => matmul(a, b));
    await expect(failing).rejects.toThrow(ShapeError);
    await expect(compute(engine, inputs, (a, b) => matmul(a, b))).rejects.toThrow('[4, 4], expected [8, ·]');
  });
});
