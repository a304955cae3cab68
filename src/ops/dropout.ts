import source from '../../shaders/dropout.wgsl?raw';
import common from '../../shaders/lib/dropout.wgsl?raw';
import flat from '../../shaders/lib/flat.wgsl?raw';
import philox from '../../shaders/lib/philox.wgsl?raw';
import { kernel } from '../gpu/kernel.ts';
import { addGradient, record } from '../tensor/autograd.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import { listWorkgroups, run } from './run.ts';

const forward = kernel('dropout', [flat, philox, common, source], 'forward');

/** Rows and sequences of a batch that come before the part that a pass computes. */
export interface BatchOffset {
  readonly rows: number;
  readonly sequences: number;
}

/** One use of dropout, the same in the forward and in the backward pass. */
export interface DropoutUse {
  readonly dropBelow: number;
  readonly dropSeed: number;
  readonly dropStream: number;
  readonly keepScale: number;
  readonly before: BatchOffset;
}

/** For kernels that can drop and are not to. */
const keepAll: DropoutUse = {
  dropBelow: 0,
  dropSeed: 0,
  dropStream: 0,
  keepScale: 1,
  before: { rows: 0, sequences: 0 },
};

/**
 * The parameters of a kernel that can drop.
 * @param use nothing is dropped without one
 * @param unit what the kernel counts by, and `size`: vec4s of a row, or heads of a sequence
 */
export function dropoutParams(use: DropoutUse = keepAll, unit: keyof BatchOffset, size: number) {
  const { before, ...params } = use;
  return { ...params, dropFirst: before[unit] * size };
}

/**
 * Dropout for one pass through a model. Each use draws from a stream of its own. The same seed, first stream and
 * place in the batch give the same masks, so a batch has the masks of one pass however it is cut into parts.
 */
export class Dropout {
  readonly #rate: number;
  readonly #seed: number;
  #before = keepAll.before;
  /** The number of the next stream: where the next pass begins. */
  stream: number;

  /**
   * @param rate part that is dropped, from 0 and below 1
   * @param seed uint32
   * @param stream number of the first stream; further uses take the next ones
   */
  constructor(rate: number, seed: number, stream = 0) {
    this.#rate = rate;
    this.#seed = seed >>> 0;
    this.stream = stream;
  }

  /**
   * Goes back to a stream, for another part of the batch or once more for the same.
   * @param before what comes before the part
   */
  rewind(stream: number, before: BatchOffset): this {
    [this.stream, this.#before] = [stream, before];
    return this;
  }

  /** The next use, with a stream of its own; undefined at rate 0. */
  next(): DropoutUse | undefined {
    if (this.#rate === 0) return undefined;
    const dropStream = this.stream >>> 0;
    this.stream += 1;
    return {
      dropBelow: Math.round(this.#rate * 2 ** 32),
      dropSeed: this.#seed,
      dropStream,
      keepScale: 1 / (1 - this.#rate),
      before: this.#before,
    };
  }
}

/**
 * Drops numbers at random and scales the others up: y = x ∘ mask. Backward: dX = dOut ∘ mask.
 * @param x any shape; its first dimension is the batch's rows where a batch is cut into parts
 * @param use where the mask comes from; without one x itself is returned
 * @returns the same shape
 * @see Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html
 */
export function dropout(x: Tensor, use: DropoutUse | undefined): Tensor {
  if (!use) return x;
  return record(masked(x, use), [x], (dOut) => {
    addGradient(x, (sum) => masked(dOut, use, sum));
  });
}

/** x ∘ mask (+ sum) without a record for the backward pass, so for gradients as well. */
export function masked(x: Tensor, use: DropoutUse, sum?: Tensor): Tensor {
  const y = empty(x.engine, x.shape);
  const count = Math.ceil(x.size / 4);
  run(
    forward,
    { x, sumSoFar: sum ?? x, y },
    {
      params: { count, ...dropoutParams(use, 'rows', count / x.shape[0]!) },
      constants: { DROPOUT: true, ADD: sum !== undefined },
      workgroups: listWorkgroups(count),
    },
  );
  return y;
}
