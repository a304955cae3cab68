import type { Json } from '../../files/json.ts';
import { quote } from '../../values/quote.ts';
import { countIn, expectValue, wrongConfig } from '../configFields.ts';

/** The sizes of a BERT encoder. */
export interface BertConfig {
  /** H */
  hiddenSize: number;
  /** A; divides H */
  heads: number;
  layers: number;
  /** I */
  intermediateSize: number;
  /** V */
  vocabularySize: number;
  maxPositions: number;
  typeVocabularySize: number;
  layerNormEps: number;
  /** The padding token: its word embedding never trains, as PyTorch's `padding_idx`. */
  paddingId: number;
}

/** Far more than any BERT has: the parameters of each are listed before anything is compared with the weights. */
const MOST_LAYERS = 1024;

/**
 * Reads a BERT's config.json. A field that old files leave out has the value that transformers' BertConfig gives it.
 * @throws ModelFormatError for a wrong value, or a variant of BERT that is computed differently
 */
export function readBertConfig(config: Json): BertConfig {
  expectValue(config, 'position_embedding_type', 'absolute');
  expectValue(config, 'hidden_act', 'gelu');
  expectValue(config, 'is_decoder', false);
  expectValue(config, 'add_cross_attention', false);
  const hiddenSize = countIn(config, 'hidden_size');
  const heads = countIn(config, 'num_attention_heads');
  if (hiddenSize % heads !== 0) {
    throw wrongConfig(`hidden_size ${hiddenSize} is not a multiple of num_attention_heads ${heads}`);
  }
  const headSize = hiddenSize / heads;
  if (headSize % 4 !== 0 || headSize > 256) {
    throw wrongConfig(
      `hidden_size ${hiddenSize} over ${heads} heads gives heads of ${headSize}. Multiples of 4 up to 256 work`,
    );
  }
  const layers = countIn(config, 'num_hidden_layers');
  if (layers > MOST_LAYERS) throw wrongConfig(`num_hidden_layers is ${layers}. Up to ${MOST_LAYERS} work`);
  return {
    hiddenSize,
    heads,
    layers,
    intermediateSize: countIn(config, 'intermediate_size'),
    vocabularySize: countIn(config, 'vocab_size'),
    maxPositions: countIn(config, 'max_position_embeddings'),
    typeVocabularySize: countIn(config, 'type_vocab_size'),
    layerNormEps: readEps(config),
    paddingId: readPaddingId(config),
  };
}

function readEps(config: Json): number {
  const value = config.layer_norm_eps ?? 1e-12;
  if (typeof value === 'number' && value > 0 && value < 1) return value;
  throw wrongConfig(`layer_norm_eps is ${quote(value)}, not a small positive number`);
}

function readPaddingId(config: Json): number {
  const value = config.pad_token_id ?? 0;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw wrongConfig(`pad_token_id is ${quote(value)}, not a token's number`);
}
