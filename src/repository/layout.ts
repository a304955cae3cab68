import { asObject, type Json } from '../files/json.ts';
import type { Pooling } from '../types.ts';
import { isObject } from '../values/isObject.ts';
import type { Repository } from './repository.ts';

/** The small files that a model was loaded from. */
export interface KeptFiles {
  /** Contents by path. */
  files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** Folder of the encoder's files, '' or ending in a slash. */
  transformer: string;
}

export interface LayoutChanges {
  dtype: 'float32' | 'float16';
  /** Path of the list of heads; undefined where there are no heads. */
  heads: string | undefined;
  version: string;
}

const encoder = new TextEncoder();
export const sentenceTransformersConfig = 'config_sentence_transformers.json';

/**
 * Makes the small files of a saved model, as sentence-transformers lays them out. Files that it was loaded from are
 * written byte by byte as they were, except the weights' type in config.json and a note where heads are. A model
 * without modules.json gets the modules that it ran with.
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

/** Whether config_sentence_transformers.json notes heads. Without the note no server is asked for them. */
export function notesHeads(config: unknown): boolean {
  if (config === undefined) return false;
  const { tabgrad } = asObject(config, sentenceTransformersConfig);
  return isObject(tabgrad) && 'heads' in tabgrad;
}

/** @returns the config with the type of the saved weights, or undefined where it has that type already */
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
