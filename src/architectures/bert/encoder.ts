import type { ParameterRun, Parameters } from '../../nn/parameters.ts';
import { type Dropout, dropout } from '../../ops/dropout.ts';
import { embeddings, type TokenIds } from '../../ops/embeddings.ts';
import type { Packing } from '../../ops/packing.ts';
import { scope } from '../../tensor/scope.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Architecture, Encoder } from '../architecture.ts';
import { type BertConfig, readBertConfig } from './config.ts';
import { encoderLayer, encoderLayerParameters, joinedProjections, weightAndBias } from './encoderLayer.ts';
import { bertTree, parameterName } from './names.ts';

/** BERT and the models of its shape: MiniLM, bge, e5, gte and others. */
export const bert: Architecture = (config) => bertEncoder(readBertConfig(config));

const wordTable = 'embeddings.word_embeddings.weight';

/** @see Devlin et al. 2018, https://arxiv.org/abs/1810.04805 */
export function bertEncoder(config: BertConfig): Encoder {
  const { hiddenSize: H, intermediateSize: I, heads, layers, maxPositions, vocabularySize } = config;
  return {
    hiddenSize: H,
    headSize: H / heads,
    layers,
    maxPositions,
    vocabularySize,
    flopsPerToken: 2 * layers * (4 * H * H + 2 * H * I),
    wordTable,
    parameterTree: bertTree,
    joined: Array.from({ length: layers }, (_, i) => joinedProjections(i)).flat(),
    parameterName,
    parameters: (available) => [
      ...encoderParameters(config),
      // No sentence transformer uses the pooler, but a checkpoint may hold it.
      ...(available.has('pooler.dense.weight') ? weightAndBias('pooler.dense', H, H) : []),
    ],
    forward: (parameters, ids, packing, drop) => forward(config, parameters, ids, packing, drop),
  };
}

/** The word embeddings come first: the largest, alone in its buffer where it fills one. */
function encoderParameters(config: BertConfig): ParameterRun[] {
  const { hiddenSize: H, layers, vocabularySize, maxPositions, typeVocabularySize } = config;
  return [
    [{ name: wordTable, shape: [vocabularySize, H] }],
    [{ name: 'embeddings.position_embeddings.weight', shape: [maxPositions, H] }],
    [{ name: 'embeddings.token_type_embeddings.weight', shape: [typeVocabularySize, H] }],
    ...weightAndBias('embeddings.LayerNorm', H),
    ...Array.from({ length: layers }, (_, i) => encoderLayerParameters(config, i)).flat(),
  ];
}

/** Activations are dropped after the embeddings, on the attention's probabilities, and before each residual. */
function forward(
  config: BertConfig,
  parameters: Parameters,
  ids: TokenIds,
  packing: Packing,
  drop: Dropout | undefined,
): Tensor {
  const table = (name: string) => parameters.get(`embeddings.${name}`);
  const embedded = embeddings(
    ids,
    {
      word: parameters.get(wordTable),
      position: table('position_embeddings.weight'),
      tokenType: table('token_type_embeddings.weight'),
      gamma: table('LayerNorm.weight'),
      beta: table('LayerNorm.bias'),
    },
    config.layerNormEps,
    config.paddingId,
  );
  let x = dropout(embedded, drop?.next());
  for (let i = 0; i < config.layers; i += 1) {
    x = scope(parameters.engine, () => encoderLayer(x, packing, parameters, config, i, drop));
  }
  return x;
}
