import { ArgumentError, ShapeError } from '../errors.ts';
import type { Engine } from '../gpu/engine.ts';
import type { Packing } from '../ops/packing.ts';
import { pool } from '../ops/pooling.ts';
import { linear } from '../ops/products/linear.ts';
import { sizeOf } from '../tensor/shape.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { HeadOptions } from '../types.ts';
import { finalize } from '../values/finalize.ts';
import { headParameters } from './headParameters.ts';
import { Parameters } from './parameters.ts';

/** A linear classifier on a pooled sentence. */
export interface Head {
  readonly name: string;
  readonly labels: readonly string[];
  readonly pooling: 'cls' | 'mean';
  readonly parameters: Parameters;
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/**
 * Checks the options of a head, and fills in those that are left out.
 * @param call the function that got them, for the errors
 * @throws ArgumentError for a name with a dot or without letters, fewer than two different labels, or bad options
 * @throws ShapeError for a weight or bias of another size
 */
export function checkHead(name: string, hiddenSize: number, options: HeadOptions, call = 'addHead()') {
  const wrong = (argument: string, what: string) => new ArgumentError(`${call}: ${what}.`, { argument });
  if (typeof name !== 'string' || !/^[^.\s](?:(?!\.).)*$/.test(name)) {
    throw wrong('name', `"${String(name)}" is no name for a head. Use letters, without a dot`);
  }
  const { labels, pooling = 'cls', seed = 42 } = options ?? {};
  const areNames = Array.isArray(labels) && labels.every((label) => typeof label === 'string');
  if (!areNames || labels.length < 2 || new Set(labels).size < labels.length) {
    const given = JSON.stringify(labels);
    throw wrong('labels', `"${name}" needs at least two labels, all different strings; given ${given}`);
  }
  if (!Number.isSafeInteger(seed)) throw wrong('seed', `seed is ${String(seed)}. Use a whole number`);
  if (pooling !== 'cls' && pooling !== 'mean') {
    throw wrong('pooling', `pooling is "${String(pooling)}". Use 'cls' or 'mean'`);
  }
  const shapes = { weight: [labels.length, hiddenSize], bias: [labels.length] };
  for (const part of ['weight', 'bias'] as const) {
    const given = options[part];
    if (given === undefined) continue;
    if (!(given instanceof Float32Array)) throw wrong(part, `${part} of "${name}" is no Float32Array`);
    const size = sizeOf(shapes[part]);
    if (given.length === size) continue;
    throw new ShapeError(
      `${call}: ${part} of "${name}" has ${given.length} numbers, expected ${size} for [${shapes[part].join(', ')}].`,
      { op: 'addHead', shapes: [[given.length], shapes[part]] },
    );
  }
  return { pooling, seed, shapes };
}

/**
 * Makes a head with its parameters on the GPU: `heads.<name>.weight` [C, H] and `heads.<name>.bias` [C].
 * @throws ArgumentError, ShapeError as {@link checkHead}
 */
export function createHead(engine: Engine, name: string, hiddenSize: number, options: HeadOptions): Head {
  const { pooling, seed, shapes } = checkHead(name, hiddenSize, options);
  const { labels } = options;
  const names = headParameters(name);
  const parameters = new Parameters(engine, [
    [{ name: names.weight, shape: shapes.weight }],
    [{ name: names.bias, shape: shapes.bias }],
  ]);
  const random = uniform(seed, 1 / Math.sqrt(hiddenSize));
  parameters.write(names.weight, options.weight ?? random(sizeOf(shapes.weight)));
  parameters.write(names.bias, options.bias ?? random(labels.length));
  const [weight, bias] = [parameters.get(names.weight), parameters.get(names.bias)];
  return { name, labels: [...labels], pooling, parameters, weight, bias };
}

/**
 * Logits of every head; heads that read the same pooling share it.
 * @param hidden [T, H]
 * @returns [B, C] each
 */
export function headLogits(heads: readonly Head[], hidden: Tensor, packing: Packing): Tensor[] {
  const pooled = new Map<Head['pooling'], Tensor>();
  for (const { pooling } of heads) {
    if (!pooled.has(pooling)) pooled.set(pooling, pool(hidden, packing, pooling));
  }
  return heads.map(({ pooling, weight, bias }) => linear(pooled.get(pooling)!, weight, bias));
}

/** Random numbers from −limit to limit; each call continues the sequence of the last one. */
function uniform(seed: number, limit: number): (count: number) => Float32Array<ArrayBuffer> {
  let state = seed >>> 0;
  // Marsaglia's xorshift would stand still at 0; a Weyl sequence under murmur3's finalizer does not.
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    return (finalize(state) >>> 0) / 2 ** 32;
  };
  return (count) => Float32Array.from({ length: count }, () => (2 * next() - 1) * limit);
}
