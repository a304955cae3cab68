import type { ParameterRun, Parameters } from '../../nn/parameters.ts';
import { type Dropout, dropout } from '../../ops/dropout.ts';
import { embeddings, type TokenIds } from '../../ops/embeddings.ts';
import type { Packing } from '../../ops/packing.ts';
import { scope } from '../../tensor/scope.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { BertConfig } from '../../types.ts';
import { encoderLayer, encoderLayerParameters, joinedProjections } from './encoderLayer.ts';

/** Parameters of the encoder, the word embeddings first: the largest, alone in its buffer where it fills one. */
export function bertParameters(config: BertConfig): ParameterRun[] {
  const { hiddenSize: H, layers, vocabularySize, maxPositions, typeVocabularySize } = config;
  return [
    [{ name: 'embeddings.word_embeddings.weight', shape: [vocabularySize, H] }],
    [{ name: 'embeddings.position_embeddings.weight', shape: [maxPositions, H] }],
    [{ name: 'embeddings.token_type_embeddings.weight', shape: [typeVocabularySize, H] }],
    [{ name: 'embeddings.LayerNorm.weight', shape: [H] }],
    [{ name: 'embeddings.LayerNorm.bias', shape: [H] }],
    ...Array.from({ length: layers }, (_, i) => encoderLayerParameters(config, i)).flat(),
  ];
}

/** Names of parameters that are used as one, list by list. */
export function joinedParameters({ layers }: BertConfig): string[][] {
  return Array.from({ length: layers }, (_, i) => joinedProjections(i)).flat();
}

/** Parameters of the pooler behind the encoder: no sentence transformer uses it, but a checkpoint may hold it. */
export function poolerParameters({ hiddenSize: H }: BertConfig): ParameterRun[] {
  return [[{ name: 'pooler.dense.weight', shape: [H, H] }], [{ name: 'pooler.dense.bias', shape: [H] }]];
}

export interface BertOptions {
  /** How many of the layers to run, for looking inside. */
  layers?: number;
  /** After the embeddings, on the attention's probabilities, and before each residual; none if left out. */
  dropout?: Dropout;
}

/**
 * BERT's encoder over a packed batch.
 * @param ids tokens and positions of the batch; positions are counted from 0 in each sequence
 * @returns the last hidden state, [T, H]
 * @see Devlin et al. 2018, https://arxiv.org/abs/1810.04805
 */
export function bert(
  parameters: Parameters,
  config: BertConfig,
  ids: TokenIds,
  packing: Packing,
  { layers = config.layers, dropout: drop }: BertOptions = {},
): Tensor {
  const table = (name: string) => parameters.get(`embeddings.${name}`);
  const embedded = embeddings(
    ids,
    {
      word: table('word_embeddings.weight'),
      position: table('position_embeddings.weight'),
      tokenType: table('token_type_embeddings.weight'),
      gamma: table('LayerNorm.weight'),
      beta: table('LayerNorm.bias'),
    },
    config.layerNormEps,
    config.paddingId,
  );
  let x = dropout(embedded, drop?.next());
  for (let i = 0; i < layers; i += 1) {
    x = scope(parameters.engine, () => encoderLayer(x, packing, parameters, config, i, drop));
  }
  return x;
}
