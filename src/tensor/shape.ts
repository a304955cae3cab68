import { ShapeError } from '../errors.ts';

export type Shape = readonly number[];

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** '[2, 384]' */
export function show(shape: readonly (number | string)[]): string {
  return `[${shape.join(', ')}]`;
}

/** Kernels read rows as vec4s. @throws ShapeError unless the last dimension is a multiple of 4 */
export function expectQuads(op: string, shape: Shape): void {
  const last = shape.at(-1) ?? 0;
  if (last > 0 && last % 4 === 0) return;
  throw wrongShape(op, `the last dimension of ${show(shape)} must be a multiple of 4`, [shape]);
}

/**
 * Throws unless a shape is what an op needs. `null` stands for any extent.
 * @throws ShapeError naming the op, the tensor, both shapes
 */
export function expectShape(
  op: string,
  what: string,
  given: Shape,
  expected: readonly (number | null)[],
): void {
  const fits = given.length === expected.length && expected.every((e, i) => e === null || e === given[i]);
  if (fits) return;
  const wanted = show(expected.map((extent) => extent ?? '·'));
  throw wrongShape(op, `${what} has shape ${show(given)}, expected ${wanted}`, [given, expected]);
}

/** @param what says what is wrong and what is needed, without the full stop */
export function wrongShape(
  op: string,
  what: string,
  shapes: readonly (readonly (number | null)[])[],
): ShapeError {
  return new ShapeError(`${op}(): ${what}.`, { op, shapes });
}
