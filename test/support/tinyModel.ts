import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SentenceTransformer } from '../../src/model/sentenceTransformer.ts';
import type { LoadOptions, ModelFiles, ModelSource } from '../../src/types.ts';
import { miniLmFolder } from './miniLm.ts';
import { fileWith, type SomeTensor } from './safetensorsBytes.ts';
import { seededBert } from './seeded.ts';

/** A BERT that loads in no time, with the vocabulary of the real tokenizer. */
export const tinyConfig = {
  model_type: 'bert',
  hidden_act: 'gelu',
  layer_norm_eps: 1e-12,
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  intermediate_size: 64,
  vocab_size: 30_522,
  max_position_embeddings: 64,
  type_vocab_size: 2,
};

/** A checkpoint's tensors as F32, by the names that PyTorch gives them. */
export function tinyTensors(): SomeTensor[] {
  return [...seededBert(tinyConfig)].map(([name, { shape, data }]) => ({
    name,
    dtype: 'F32',
    shape: [...shape],
    bytes: new Uint8Array(data.buffer),
  }));
}

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const real = (path: string) => new Uint8Array(readFileSync(join(miniLmFolder, path)));

/** A model's folder in memory; `change` replaces files of it, undefined takes one away. */
export function tinyFiles(
  tensors: SomeTensor[] = tinyTensors(),
  change: Record<string, object | undefined> = {},
): ModelFiles {
  const changed = Object.entries(change).filter(([, value]) => value !== undefined);
  const files: ModelFiles = {
    'config.json': json(tinyConfig),
    'modules.json': real('modules.json'),
    '1_Pooling/config.json': json({ pooling_mode_mean_tokens: true }),
    'sentence_bert_config.json': json({ max_seq_length: 48 }),
    'tokenizer.json': real('tokenizer.json'),
    'tokenizer_config.json': real('tokenizer_config.json'),
    'model.safetensors': fileWith(tensors),
    ...Object.fromEntries(changed.map(([path, value]) => [path, json(value)])),
  };
  for (const [path, value] of Object.entries(change)) if (value === undefined) delete files[path];
  return files;
}

export function loadTiny(
  source: ModelSource = tinyFiles(),
  options: LoadOptions = {},
): Promise<SentenceTransformer> {
  return SentenceTransformer.fromPretrained(source, { gpu: globalThis.testGpu, ...options });
}
