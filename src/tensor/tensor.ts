import type { BlockKind } from '../gpu/buffers.ts';
import type { Slice } from '../gpu/commands.ts';
import type { Engine } from '../gpu/engine.ts';
import { type Owned, own } from './scope.ts';
import { type Shape, show, sizeOf, wrongShape } from './shape.ts';

/** A handle to numbers on the GPU: float32, or uint32 where an op says so. It has no methods; ops are functions. */
export interface Tensor extends Owned {
  readonly shape: Shape;
  readonly size: number;
}

/** A new tensor of the open scope, for an op to write; it holds whatever was in its memory. */
export function empty(engine: Engine, shape: Shape): Tensor {
  return own(make(engine, shape, 'tensor'));
}

/** A new tensor of the open scope with the CPU's numbers. @throws ShapeError unless they fill the shape */
export function fromData(
  engine: Engine,
  data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>,
  shape: Shape = [data.length],
): Tensor {
  expectCount('fromData', data, shape);
  const tensor = own(make(engine, shape, 'input'));
  engine.commands.write(tensor.slice, data);
  return tensor;
}

/** The numbers of a tensor, once the work recorded so far is submitted and done. */
export async function toFloats(tensor: Tensor): Promise<Float32Array<ArrayBuffer>> {
  const bytes = await tensor.engine.commands.read({ ...tensor.slice, bytes: bytesOf(tensor.shape) });
  return new Float32Array(bytes, 0, tensor.size);
}

/** A tensor over memory that somebody else owns. */
export function view(engine: Engine, slice: Slice, shape: Shape): Tensor {
  return { engine, slice, shape, size: sizeOf(shape), kind: undefined };
}

/** @throws ShapeError unless there are as many numbers as a shape has */
export function expectCount(op: string, data: ArrayLike<number>, shape: Shape): void {
  if (data.length === sizeOf(shape)) return;
  const expected = `${show(shape)}, expected ${sizeOf(shape)}`;
  throw wrongShape(op, `${data.length} numbers for shape ${expected}`, [[data.length], shape]);
}

/** Bytes of a tensor, rounded so that it can be bound as vec4s. */
export function bytesOf(shape: Shape): number {
  return Math.max(16, Math.ceil(sizeOf(shape) / 4) * 16);
}

function make(engine: Engine, shape: Shape, kind: BlockKind): Tensor {
  const bytes = bytesOf(shape);
  const block = engine.buffers.acquire(bytes, kind);
  // The whole block is bound, so that batches of other lengths find the bind groups of this one.
  return { engine, slice: { block, offset: 0, bytes: block.bytes }, shape, size: sizeOf(shape), kind };
}
