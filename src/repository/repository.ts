import type { Encoder } from '../architectures/architecture.ts';
import { readEncoder } from '../architectures/families.ts';
import { asObject, type Json } from '../files/json.ts';
import type { Pooling } from '../types.ts';
import { fault } from '../values/fault.ts';
import { quote } from '../values/quote.ts';
import { type DenseConfig, readDenseConfig } from './denseModule.ts';
import { readModules } from './modules.ts';
import { type Prompts, readPrompts } from './prompts.ts';

/** Contents of a repository's small files; undefined for a file that is missing. */
export interface RepositoryFiles {
  /** config.json */
  config: unknown;
  /** modules.json */
  modules?: unknown;
  /** config.json of the pooling module, most often 1_Pooling/config.json */
  pooling?: unknown;
  /** config.json of each Dense module, in the order of modules.json */
  dense?: readonly unknown[];
  /** sentence_bert_config.json */
  sentenceBert?: unknown;
  /** tokenizer_config.json */
  tokenizerConfig?: unknown;
  /** config_sentence_transformers.json */
  sentenceTransformers?: unknown;
}

/** The settings of a model, as its small files say. */
export interface Repository {
  encoder: Encoder;
  pooling: Pooling;
  /** Whether the pooling also reads the tokens of a prompt. */
  includePrompt: boolean;
  /** The Dense modules after the pooling, in their order. */
  dense: DenseConfig[];
  /** Length of an embedding. */
  dimension: number;
  /** Whether vectors are scaled to length 1. */
  normalize: boolean;
  /** Most tokens of a text before it is cut, counting the special tokens around it. */
  maxLength: number;
  /** Whether texts are lower-cased even if the tokenizer's files do not ask for it. */
  lowerCase: boolean;
  prompts: Prompts;
}

/**
 * Reads the settings that sentence-transformers reads. Without modules.json the pooling is the mean, not normalized.
 * @throws ModelFormatError naming the file, what it says and what works
 */
export function readRepository(files: RepositoryFiles): Repository {
  const encoder = readEncoder(files.config);
  const sentenceBert = optional(files.sentenceBert, 'sentence_bert_config.json');
  const tokenizerConfig = optional(files.tokenizerConfig, 'tokenizer_config.json');
  const maxLength = readMaxLength(encoder, sentenceBert, tokenizerConfig);
  const lowerCase = sentenceBert.do_lower_case === true;
  const prompts = readPrompts(files.sentenceTransformers);
  const modules = files.modules === undefined ? undefined : readModules(files.modules);
  const pooling = modules
    ? readPooling(files.pooling, `${modules.pooling}config.json`, encoder.hiddenSize)
    : ({ pooling: 'mean', includePrompt: true } as const);
  let dimension = encoder.hiddenSize;
  const dense = (modules?.dense ?? []).map((folder, i) => {
    const config = readDenseConfig(files.dense?.[i], `${folder}config.json`, dimension);
    dimension = config.outFeatures;
    return config;
  });
  const normalize = modules?.normalize ?? false;
  return { encoder, maxLength, lowerCase, prompts, ...pooling, dense, dimension, normalize };
}

/** The pooling modes of sentence-transformers that work here. */
const poolingModes: readonly unknown[] = ['mean', 'cls', 'max'] satisfies Pooling[];

/** The mode of each key of an older config; newer ones have `pooling_mode` instead. */
const oldPoolingKeys: Record<string, string> = {
  pooling_mode_cls_token: 'cls',
  pooling_mode_max_tokens: 'max',
  pooling_mode_mean_tokens: 'mean',
  pooling_mode_mean_sqrt_len_tokens: 'mean_sqrt_len_tokens',
  pooling_mode_weightedmean_tokens: 'weightedmean',
  pooling_mode_lasttoken: 'lasttoken',
};

function readPooling(
  value: unknown,
  file: string,
  hiddenSize: number,
): Pick<Repository, 'pooling' | 'includePrompt'> {
  const config = asObject(value, file, 'modules.json asks for it');
  const width = config.embedding_dimension ?? config.word_embedding_dimension ?? hiddenSize;
  if (width !== hiddenSize) {
    throw fault(file, `the dimension is ${quote(width)}, and config.json's hidden_size is ${hiddenSize}`);
  }
  const includePrompt = config.include_prompt ?? true;
  if (typeof includePrompt !== 'boolean') {
    throw fault(file, `include_prompt is ${quote(includePrompt)}. true and false work`);
  }
  const modes = poolingModesOf(config);
  if (modes.length === 1 && poolingModes.includes(modes[0]))
    return { pooling: modes[0] as Pooling, includePrompt };
  const named = modes.slice(0, 8).map(quote).join(' and ') || 'none';
  throw fault(file, `the pooling mode is ${named}. One of "mean", "cls" and "max" works`);
}

function poolingModesOf(config: Json): unknown[] {
  const mode = config.pooling_mode;
  if (mode !== undefined) return Array.isArray(mode) ? mode : [mode];
  const active = Object.keys(oldPoolingKeys).filter((key) => config[key] === true);
  return active.length > 0 ? active.map((key) => oldPoolingKeys[key]!) : ['mean'];
}

/** Reads the most tokens of a text. It is at most the encoder's positions: `model_max_length` is often 1e30. */
function readMaxLength({ maxPositions }: Encoder, sentenceBert: Json, tokenizerConfig: Json): number {
  const [file, key, value] =
    sentenceBert.max_seq_length != null
      ? ['sentence_bert_config.json', 'max_seq_length', sentenceBert.max_seq_length]
      : ['tokenizer_config.json', 'model_max_length', tokenizerConfig.model_max_length ?? maxPositions];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 2) {
    throw fault(file, `${key} is ${quote(value)}. An integer of at least 2 works`);
  }
  return Math.min(value, maxPositions);
}

function optional(value: unknown, file: string): Json {
  return value === undefined ? {} : asObject(value, file);
}
