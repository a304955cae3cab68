import { ModelFormatError } from '../../errors.ts';
import { asObject, type Json } from '../../files/json.ts';
import { quote } from '../../files/quote.ts';
import type { BertConfig } from '../../types.ts';

const file = 'config.json';
/** Far more than any BERT has: the parameters of each are listed before anything is compared with the weights. */
const MOST_LAYERS = 1024;

/**
 * @param value content of config.json
 * @throws ModelFormatError if it is not BERT, or a variant of BERT that is computed differently
 */
export function readBertConfig(value: unknown): BertConfig {
  const config = asObject(value, file);
  checkKind(config);
  const hiddenSize = count(config, 'hidden_size');
  const heads = count(config, 'num_attention_heads');
  if (hiddenSize % heads !== 0) {
    throw bad(`hidden_size ${hiddenSize} is not a multiple of num_attention_heads ${heads}`);
  }
  const headSize = hiddenSize / heads;
  if (headSize % 4 !== 0 || headSize > 256) {
    throw bad(
      `hidden_size ${hiddenSize} over ${heads} heads gives heads of ${headSize}. Multiples of 4 up to 256 work`,
    );
  }
  const layers = count(config, 'num_hidden_layers');
  if (layers > MOST_LAYERS) throw bad(`num_hidden_layers is ${layers}. Up to ${MOST_LAYERS} work`);
  return {
    hiddenSize,
    heads,
    layers,
    intermediateSize: count(config, 'intermediate_size'),
    vocabularySize: count(config, 'vocab_size'),
    maxPositions: count(config, 'max_position_embeddings'),
    typeVocabularySize: count(config, 'type_vocab_size'),
    layerNormEps: readEps(config),
    paddingId: readPaddingId(config),
    activation: 'gelu',
  };
}

/** Keys that old files leave out have the value that transformers' BertConfig gives them. */
function checkKind(config: Json): void {
  if (config.model_type !== 'bert') {
    throw bad(
      `model_type is ${quote(config.model_type)}. Only "bert" works, as in sentence-transformers/all-MiniLM-L6-v2 or BAAI/bge-small-en-v1.5`,
    );
  }
  expect(config, 'position_embedding_type', 'absolute');
  expect(config, 'hidden_act', 'gelu');
  expect(config, 'is_decoder', false);
  expect(config, 'add_cross_attention', false);
}

function expect(config: Json, key: string, works: unknown): void {
  const value = config[key] ?? works;
  if (value !== works) throw bad(`${key} is ${quote(value)}. Only ${quote(works)} works`);
}

function count(config: Json, key: string): number {
  const value = config[key];
  if (Number.isSafeInteger(value) && (value as number) > 0) return value as number;
  throw bad(value === undefined ? `${key} is missing` : `${key} is ${quote(value)}, not a positive integer`);
}

function readEps(config: Json): number {
  const value = config.layer_norm_eps ?? 1e-12;
  if (typeof value === 'number' && value > 0 && value < 1) return value;
  throw bad(`layer_norm_eps is ${quote(value)}, not a small positive number`);
}

function readPaddingId(config: Json): number {
  const value = config.pad_token_id ?? 0;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw bad(`pad_token_id is ${quote(value)}, not a token's number`);
}

function bad(what: string): ModelFormatError {
  return new ModelFormatError(`${file}: ${what}.`, { file });
}
