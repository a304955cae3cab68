import { asObject, type Json } from '../files/json.ts';
import type { Pooling } from '../types.ts';
import type { Repository } from './repository.ts';

/** The small files of a model's folder, as they came, and where its parts lie. */
export interface KeptFiles {
  /** By path. */
  files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** Folder of the encoder's files, '' or ending in a slash. */
  transformer: string;
}

/** What is written anew; all else goes out as it came. */
export interface LayoutChanges {
  dtype: 'float32' | 'float16';
  /** Path of the list of heads, where there are heads. */
  heads: string | undefined;
  version: string;
}

const encoder = new TextEncoder();
export const sentenceTransformersConfig = 'config_sentence_transformers.json';

/**
 * The small files of a model's folder, as sentence-transformers lays them out. What came goes out byte by byte,
 * except the weights' type in config.json and a note where heads are. A model without modules.json gets the modules
 * that it was run with.
 */
export function layoutFiles(
  { files, transformer }: KeptFiles,
  repository: Repository,
  { dtype, heads, version }: LayoutChanges,
): Map<string, Uint8Array<ArrayBuffer>> {
  const out = new Map([...files].map(([path, bytes]) => [path, bytes.slice()]));
  const config = `${transformer}config.json`;
  const typed = withDtype(readJson(out.get(config)!, config), dtype);
  if (typed) out.set(config, json(typed));
  if (!out.has('modules.json')) {
    out.set('modules.json', json(modules(repository.normalize)));
    out.set('1_Pooling/config.json', json(poolingConfig(repository.encoder.hiddenSize, repository.pooling)));
  }
  const limits = `${transformer}sentence_bert_config.json`;
  if (!out.has(limits)) {
    out.set(limits, json({ max_seq_length: repository.maxLength, do_lower_case: repository.lowerCase }));
  }
  const known = out.get(sentenceTransformersConfig);
  const { tabgrad: before, ...own } = known
    ? readJson(known, sentenceTransformersConfig)
    : { __version__: {} };
  if (!known || heads || before) {
    const note = { version, ...(heads && { heads }) };
    out.set(sentenceTransformersConfig, json({ ...own, tabgrad: note }));
  }
  return out;
}

/**
 * Whether a model was saved with heads: without this note nobody asks a server for them.
 * @param config content of config_sentence_transformers.json, undefined where there is none
 */
export function notesHeads(config: unknown): boolean {
  if (config === undefined) return false;
  const { tabgrad } = asObject(config, sentenceTransformersConfig);
  return typeof tabgrad === 'object' && tabgrad !== null && 'heads' in tabgrad;
}

/** @returns the config with the type that the weights now have, or undefined where it says so already */
function withDtype(config: Json, dtype: string): Json | undefined {
  const key = 'dtype' in config ? 'dtype' : 'torch_dtype';
  return (config[key] ?? 'float32') === dtype ? undefined : { ...config, [key]: dtype };
}

function modules(normalize: boolean): Json[] {
  const chain = ['Transformer', 'Pooling', ...(normalize ? ['Normalize'] : [])];
  return chain.map((kind, i) => ({
    idx: i,
    name: String(i),
    path: i === 0 ? '' : `${i}_${kind}`,
    type: `sentence_transformers.models.${kind}`,
  }));
}

function poolingConfig(hiddenSize: number, pooling: Pooling): Json {
  return {
    word_embedding_dimension: hiddenSize,
    pooling_mode_cls_token: pooling === 'cls',
    pooling_mode_mean_tokens: pooling === 'mean',
    pooling_mode_max_tokens: pooling === 'max',
    pooling_mode_mean_sqrt_len_tokens: false,
  };
}

function readJson(bytes: Uint8Array<ArrayBuffer>, file: string): Json {
  return asObject(JSON.parse(new TextDecoder().decode(bytes)), file);
}

function json(value: unknown): Uint8Array<ArrayBuffer> {
  return encoder.encode(`${JSON.stringify(value, null, 2)}\n`);
}
