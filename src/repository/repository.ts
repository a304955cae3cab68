import type { Encoder } from '../architectures/architecture.ts';
import { readEncoder } from '../architectures/families.ts';
import { ModelFormatError } from '../errors.ts';
import { asObject, type Json } from '../files/json.ts';
import { quote } from '../files/quote.ts';
import type { Pooling } from '../types.ts';
import { type DenseConfig, readDenseConfig } from './denseModule.ts';
import { readModules } from './modules.ts';
import { type Prompts, readPrompts } from './prompts.ts';

/** Contents of a repository's small files; undefined where there is no such file. */
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

/** What the small files of a repository say of its model. */
export interface Repository {
  encoder: Encoder;
  pooling: Pooling;
  /** Whether the pooling also reads the tokens of a prompt. */
  includePrompt: boolean;
  /** The Dense modules behind the pooling, in their order. */
  dense: DenseConfig[];
  /** Length of an embedding. */
  dimension: number;
  /** Whether vectors are scaled to length 1. */
  normalize: boolean;
  /** Tokens that a text may have before it is cut, the special tokens around it included. */
  maxLength: number;
  /** Whether texts are lower-cased even where the tokenizer's own files do not ask for it. */
  lowerCase: boolean;
  /** Texts that can be put in front of a text before it is embedded. */
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
  const common = {
    encoder,
    maxLength: readMaxLength(encoder, sentenceBert, tokenizerConfig),
    lowerCase: sentenceBert.do_lower_case === true,
    prompts: readPrompts(files.sentenceTransformers),
  };
  if (files.modules === undefined) {
    const plain = { pooling: 'mean', includePrompt: true, normalize: false } as const;
    return { ...common, ...plain, dense: [], dimension: encoder.hiddenSize };
  }
  const modules = readModules(files.modules);
  const pooling = readPooling(files.pooling, `${modules.pooling}config.json`, encoder.hiddenSize);
  let dimension = encoder.hiddenSize;
  const dense = modules.dense.map((folder, i) => {
    const config = readDenseConfig(files.dense?.[i], `${folder}config.json`, dimension);
    dimension = config.outFeatures;
    return config;
  });
  return { ...common, ...pooling, dense, dimension, normalize: modules.normalize };
}

/** Pooling modes by their names in sentence-transformers. Those that are missing do not exist here. */
const poolingModes: Record<string, Pooling> = { mean: 'mean', cls: 'cls', max: 'max' };

/** The mode that each key of an older config stands for; newer ones have `pooling_mode` instead. */
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
    throw new ModelFormatError(
      `${file}: the dimension is ${quote(width)}, and config.json's hidden_size is ${hiddenSize}.`,
      { file },
    );
  }
  const modes = poolingModesOf(config);
  const [mode] = modes;
  const isKnown = modes.length === 1 && typeof mode === 'string' && Object.hasOwn(poolingModes, mode);
  const pooling = isKnown ? poolingModes[mode] : undefined;
  const includePrompt = config.include_prompt ?? true;
  if (typeof includePrompt !== 'boolean') {
    throw new ModelFormatError(`${file}: include_prompt is ${quote(includePrompt)}. true and false work.`, {
      file,
    });
  }
  if (pooling) return { pooling, includePrompt };
  throw new ModelFormatError(
    `${file}: the pooling mode is ${modes.slice(0, 8).map(quote).join(' and ') || 'none'}. One of "mean", "cls" and "max" works.`,
    { file },
  );
}

function poolingModesOf(config: Json): unknown[] {
  const mode = config.pooling_mode;
  if (mode !== undefined) return Array.isArray(mode) ? mode : [mode];
  const active = Object.keys(oldPoolingKeys).filter((key) => config[key] === true);
  return active.length > 0 ? active.map((key) => oldPoolingKeys[key]!) : ['mean'];
}

/** Reads the longest text in tokens, at most the encoder's positions: `model_max_length` is often 1e30. */
function readMaxLength({ maxPositions }: Encoder, sentenceBert: Json, tokenizerConfig: Json): number {
  const [file, key, value] =
    sentenceBert.max_seq_length != null
      ? ['sentence_bert_config.json', 'max_seq_length', sentenceBert.max_seq_length]
      : ['tokenizer_config.json', 'model_max_length', tokenizerConfig.model_max_length ?? maxPositions];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 2) {
    throw new ModelFormatError(`${file}: ${key} is ${quote(value)}. An integer of at least 2 works.`, {
      file: String(file),
    });
  }
  return Math.min(value, maxPositions);
}

function optional(value: unknown, file: string): Json {
  return value === undefined ? {} : asObject(value, file);
}
