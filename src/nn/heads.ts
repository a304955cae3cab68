import { ArgumentError, ShapeError } from '../errors.ts';
import type { Engine } from '../gpu/engine.ts';
import type { Packing } from '../ops/packing.ts';
import { pool } from '../ops/pooling.ts';
import { linear } from '../ops/products/linear.ts';
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

/** The options of a head, with defaults filled in. */
type CheckedHead = Required<Pick<HeadOptions, 'pooling' | 'seed'>> & {
  shapes: Record<'weight' | 'bias', number[]>;
};

/**
 * Checks the options of a head.
 * @param call the function that got them, for the errors
 * @throws ArgumentError for a name with a dot or without letters, fewer than two different labels, or bad options
 * @throws ShapeError for a weight or bias of another size
 */
export function checkHead(
  name: string,
  hiddenSize: number,
  options: HeadOptions,
  call = 'addHead()',
): CheckedHead {
  if (typeof name !== 'string' || !/^[^.\s](?:(?!\.).)*$/.test(name)) {
    throw new ArgumentError(`${call}: "${String(name)}" is no name for a head. Use letters, without a dot.`, {
      argument: 'name',
    });
  }
  const { labels, pooling = 'cls', seed = 42 } = options ?? {};
  const areNames = Array.isArray(labels) && labels.every((label) => typeof label === 'string');
  if (!areNames || labels.length < 2 || new Set(labels).size < labels.length) {
    throw new ArgumentError(
      `${call}: "${name}" needs at least two labels, all different strings; given ${JSON.stringify(labels)}.`,
      { argument: 'labels' },
    );
  }
  if (!Number.isSafeInteger(seed)) {
    throw new ArgumentError(`${call}: seed is ${String(seed)}. Use a whole number.`, { argument: 'seed' });
  }
  if (pooling !== 'cls' && pooling !== 'mean') {
    throw new ArgumentError(`${call}: pooling is "${String(pooling)}". Use 'cls' or 'mean'.`, {
      argument: 'pooling',
    });
  }
  const classes = labels.length;
  const shapes = { weight: [classes, hiddenSize], bias: [classes] };
  for (const part of ['weight', 'bias'] as const) {
    const given = options[part];
    const size = part === 'weight' ? classes * hiddenSize : classes;
    if (given === undefined) continue;
    if (!(given instanceof Float32Array)) {
      throw new ArgumentError(`${call}: ${part} of "${name}" is no Float32Array.`, { argument: part });
    }
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
  const classes = labels.length;
  const names = headParameters(name);
  const parameters = new Parameters(engine, [
    [{ name: names.weight, shape: shapes.weight }],
    [{ name: names.bias, shape: shapes.bias }],
  ]);
  const random = uniform(seed, 1 / Math.sqrt(hiddenSize));
  parameters.write(names.weight, options.weight ?? random(classes * hiddenSize));
  parameters.write(names.bias, options.bias ?? random(classes));
  return {
    name,
    labels: [...labels],
    pooling,
    parameters,
    weight: parameters.get(names.weight),
    bias: parameters.get(names.bias),
  };
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
