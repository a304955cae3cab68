import { ArgumentError } from '../errors.ts';
import type { Block } from '../gpu/buffers.ts';
import { type Shape, show, sizeOf } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A parameter that is trained. */
export interface TrainableParameter {
  name: string;
  /** A view of the parameter's own memory, float32. */
  tensor: Tensor;
  /** The rows of a matrix that can get a gradient, ascending; all rows if left out. */
  rows?: Uint32Array<ArrayBuffer>;
}

/** Where a parameter's gradient lies. Its moments lie at the same offset of their own arenas. */
export interface Place {
  /** The parameter's shape, with as many rows as are trained. */
  shape: Shape;
  block: number;
  /** Offset in the block, in floats. */
  offset: number;
}

export interface ArenaLayout {
  blocks: number[];
  /** One for each parameter, in their order. */
  places: Place[];
}

/** Offsets at which a part of a buffer can be bound: WebGPU's default minStorageBufferOffsetAlignment, in floats. */
const ALIGNMENT = 64;
/** Most floats of a block: WebGPU's default for one binding. Only a parameter that is larger has a larger block. */
export const BLOCK = 2 ** 25;

/**
 * Lays gradients out one after the other, each at a multiple of 256 bytes. Parameters that lie one after the other in
 * memory and differ at most in their first dimension are neighbours: their gradients lie in one block without gaps,
 * so that they can also be used as one.
 * @param mostFloats of a block
 * @throws ArgumentError for no parameters, one name twice, or rows that are not the ascending rows of a matrix
 */
export function layOut(parameters: readonly TrainableParameter[], mostFloats: number): ArenaLayout {
  if (parameters.length === 0) {
    throw new ArgumentError('No parameter is trained: all are frozen.', { argument: 'parameters' });
  }
  if (new Set(parameters.map(({ name }) => name)).size < parameters.length) {
    const problem = 'A parameter is in the list of those to train twice.';
    throw new ArgumentError(problem, { argument: 'parameters' });
  }
  const floats: number[] = [];
  const places: Place[] = [];
  for (const group of groupNeighbours(parameters, mostFloats)) {
    const count = group.reduce((sum, parameter) => sum + sizeOf(trainedShape(parameter)), 0);
    if (floats.length === 0 || align(floats.at(-1)!) + count > mostFloats) floats.push(0);
    let offset = align(floats.at(-1)!);
    for (const parameter of group) {
      const shape = trainedShape(parameter);
      places.push({ shape, block: floats.length - 1, offset });
      offset += sizeOf(shape);
    }
    floats[floats.length - 1] = offset;
  }
  return { blocks: floats.map((count) => 4 * align(count)), places };
}

/** Parts that one dispatch can update: one buffer of parameters, one block of the arena. */
export interface Batch {
  page: Block;
  block: number;
  /** Whether all parts start at whole vec4s, in the parameter and in the arena. */
  aligned: boolean;
  /**
   * Each part is updated by one workgroup. Four numbers a part: offset in the parameter's buffer, offset in the
   * arena's block, length (all in floats), number of the parameter.
   */
  parts: number[];
}

/** Most floats of a part: 16 vec4s for each of 64 lanes. Parts of scattered rows are shorter. */
const PART = 4096;

/** Cuts all parameters into parts, and groups these by what one dispatch can update. */
export function cutIntoParts(parameters: readonly TrainableParameter[], { places }: ArenaLayout): Batch[] {
  const batches = new Map<string, Batch>();
  for (const [index, { tensor, rows }] of parameters.entries()) {
    const { block: page } = tensor.slice;
    const start = tensor.slice.offset / 4;
    const { block, offset, shape } = places[index]!;
    const width = rows ? shape[1]! : tensor.size;
    for (const [i, row] of (rows ?? [0]).entries()) {
      const [parameter, arena] = [start + row * width, offset + i * width];
      const aligned = parameter % 4 === 0 && arena % 4 === 0;
      const key = `${page.id} ${block} ${aligned}`;
      const batch = batches.get(key) ?? { page, block, aligned, parts: [] };
      batches.set(key, batch);
      for (let at = 0; at < width; at += PART) {
        const floats = Math.min(PART, width - at);
        batch.parts.push(parameter + at, arena + at, floats, index);
      }
    }
  }
  return [...batches.values()];
}

/** Parameters that share a block: neighbours, or each by itself where the neighbours are too large together. */
function groupNeighbours(
  parameters: readonly TrainableParameter[],
  mostFloats: number,
): TrainableParameter[][] {
  const groups: TrainableParameter[][] = [];
  for (const parameter of parameters) {
    const group = groups.at(-1);
    if (group && areNeighbours(group.at(-1)!, parameter)) group.push(parameter);
    else groups.push([parameter]);
  }
  return groups.flatMap((group) => {
    const floats = group.reduce((sum, { tensor }) => sum + tensor.size, 0);
    return floats > mostFloats ? group.map((parameter) => [parameter]) : [group];
  });
}

function areNeighbours(first: TrainableParameter, second: TrainableParameter): boolean {
  if (first.rows || second.rows) return false;
  const [a, b] = [first.tensor, second.tensor];
  return (
    a.slice.block === b.slice.block &&
    a.slice.offset + 4 * a.size === b.slice.offset &&
    show(a.shape.slice(1)) === show(b.shape.slice(1))
  );
}

function trainedShape({ name, tensor, rows }: TrainableParameter): Shape {
  if (!rows) return tensor.shape;
  const [height, width] = tensor.shape;
  const ascending = rows.every((row, i) => row < height! && (i === 0 || row > rows[i - 1]!));
  if (tensor.shape.length !== 2 || rows.length === 0 || !ascending) {
    throw new ArgumentError(
      `rows of ${name}, ${show(tensor.shape)}: expected at least one row of a matrix, each once and ascending.`,
      { argument: 'rows', parameter: name },
    );
  }
  return [rows.length, width!];
}

function align(floats: number): number {
  return Math.ceil(floats / ALIGNMENT) * ALIGNMENT;
}
