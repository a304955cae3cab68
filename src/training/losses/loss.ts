import type { ModelState } from '../../model/state.ts';
import type { Packing } from '../../ops/packing.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Evaluator } from '../evaluation/evaluator.ts';
import type { HeadLabels, ResolvedExample } from '../options/examples.ts';

/** The part of a loss that reads and checks examples. */
export interface LossReading {
  /** Fields of an example that it reads: a checkpoint keeps no others. */
  readonly fields: readonly string[];
  /** The fields that are texts. A batch holds all texts of the first, in the examples' order, then of the second … */
  readonly texts: readonly string[];
  /** The kind of its targets: classes, of which a split holds out the same part each, or other numbers. */
  readonly targets: 'classes' | 'numbers';
  /**
   * Reads the examples of an option. Those of which nothing can be learned are left out.
   * @throws ArgumentError naming the example, what is wrong with it and what works
   */
  resolve(
    argument: 'examples' | 'evaluation',
    examples: unknown,
    heads: readonly HeadLabels[],
  ): ResolvedExample[];
}

/**
 * What examples teach: which of their fields are read, and how a batch of them becomes a number with its gradient. A
 * loss is a file of this folder and an entry of `losses.ts`; whatever else a training does asks it.
 */
export interface Loss extends LossReading {
  /** @throws ArgumentError for options that do not fit the examples */
  forRun(setup: LossSetup): RunLoss;
}

export interface LossSetup {
  training: readonly ResolvedExample[];
  /** The run's heads, in the model's order. */
  heads: readonly HeadLabels[];
  /** The trainer's option, not checked yet. */
  taskWeights?: Readonly<Record<string, number>>;
}

/** A loss of one run: of each example on its own, or of a batch as a whole. */
export type RunLoss = HiddenLoss | EmbeddingLoss;

export interface LossOfRun {
  readonly texts: readonly string[];
  /** Factor on each of the values that it reports, by name: the sum of the products is the loss. */
  readonly weights: ReadonlyMap<string, number>;
  /** Names of the parameters that it depends on beside the encoder's, such as heads'. */
  readonly parameters: readonly string[];
  /** Whether a batch of this example alone has a gradient. Others are left out of the training. */
  trainsOn(example: ResolvedExample): boolean;
}

/** A loss of each example by itself, from the hidden state of its one text: a batch is cut anywhere, in one pass. */
export interface HiddenLoss extends LossOfRun {
  readonly evaluator: Evaluator;
  /**
   * @param batch all its examples: what a mean is over
   * @param share factor on the gradient: 1 / batches of an update
   * @returns what records a part of the batch: `hidden` is [T, H], of the part's texts in order
   */
  ofHidden(core: ModelState, batch: readonly ResolvedExample[], share: number): RecordPart;
}

export type RecordPart = (hidden: Tensor, packed: Packing, part: readonly ResolvedExample[]) => Terms;

/**
 * A loss of a batch as a whole, from its embeddings. Where the batch is cut into parts the embeddings are made twice,
 * so that the loss sees all of them and one part at a time is in memory for the backward pass.
 */
export interface EmbeddingLoss extends LossOfRun {
  /** The mean of the loss over the batches held out, if left out. */
  readonly evaluator?: Evaluator;
  /**
   * @param embeddings as `encode` gives them, by text: [examples that have it, dimension]
   * @param share factor on the gradient: 1 / batches of an update
   */
  ofEmbeddings(
    embeddings: Readonly<Record<string, Tensor>>,
    batch: readonly ResolvedExample[],
    share: number,
  ): Terms;
}

/** The contribution of a batch, or of a part of it, to a loss. */
export interface Terms {
  /** Outputs where the backward pass begins, each with the loss's gradient there; weights and share are included. */
  roots: readonly (readonly [output: Tensor, gradient: Tensor])[];
  /** The loss's values, each part of a batch the same ones in the same order. */
  values: readonly LossValue[];
}

export interface LossValue {
  name: string;
  /** The numbers that are read from the GPU. */
  numbers: Tensor;
  /** The value over the batch, without weight and share, from the numbers of its parts. */
  reduce(parts: readonly Float32Array[]): number;
}
