import type { Json } from '../files/json.ts';
import type { ParameterRun, Parameters } from '../nn/parameters.ts';
import type { Dropout } from '../ops/dropout.ts';
import type { TokenIds } from '../ops/embeddings.ts';
import type { Packing } from '../ops/packing.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ParameterTree } from '../types.ts';

/**
 * A family of encoders: makes the encoder that config.json describes.
 * @throws ModelFormatError for a value that is wrong or asks for a variant that is computed differently
 */
export type Architecture = (config: Json) => Encoder;

/** An encoder of some family, with the sizes of one model. */
export interface Encoder {
  /** H, the length of a token's vector. */
  readonly hiddenSize: number;
  /** Length of the vectors that one head of the attention compares. */
  readonly headSize: number;
  readonly layers: number;
  /** Tokens that a text may have at most. */
  readonly maxPositions: number;
  /** Rows of the word table. */
  readonly vocabularySize: number;
  /** Multiply-adds of all matrix products for one token, times 2. */
  readonly flopsPerToken: number;
  /** Name of the parameter [V, H] that is looked up by token. */
  readonly wordTable: string;
  readonly parameterTree: ParameterTree;
  /** Names of parameters that an op uses as one, list by list. The parameters of a list make one run. */
  readonly joined: readonly (readonly string[])[];
  /** The parameter's name, from its name in a checkpoint; null for a tensor that is no parameter of the encoder. */
  parameterName(checkpointName: string): string | null;
  /** All parameters in the order of their buffers. @param available names of the parameters that have weights */
  parameters(available: Pick<ReadonlySet<string>, 'has'>): ParameterRun[];
  /**
   * Records the encoder over a packed batch.
   * @param ids tokens, and positions counted from 0 in each sequence
   * @param dropout where the family drops activations while it trains; none if left out
   * @returns the last hidden state, [T, H]
   */
  forward(parameters: Parameters, ids: TokenIds, packing: Packing, dropout?: Dropout): Tensor;
}
