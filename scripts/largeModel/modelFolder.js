import { copyFile, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../lib/run.js';

/** BERT-base. */
const config = {
  model_type: 'bert',
  hidden_act: 'gelu',
  layer_norm_eps: 1e-12,
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
  vocab_size: 30_522,
  max_position_embeddings: 512,
  type_vocab_size: 2,
};

const copied = ['modules.json', 'tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json'];

/**
 * Writes the folder of a model of 110 million parameters: seeded weights, one tensor after the other, and the
 * tokenizer of MiniLM, whose vocabulary is BERT's.
 * @param {string} folder
 * @param {(path: string) => Promise<unknown>} load a module of the repository
 */
export async function writeModel(folder, load) {
  const { seededBert } = /** @type {typeof import('../../test/support/seeded.ts')} */ (
    await load('/test/support/seeded.ts')
  );
  const { layOutSafetensors } = /** @type {typeof import('../../src/files/safetensors/layout.ts')} */ (
    await load('/src/files/safetensors/layout.ts')
  );
  const json = (/** @type {string} */ path, /** @type {unknown} */ value) =>
    writeFile(join(folder, path), JSON.stringify(value));
  await mkdir(join(folder, '1_Pooling'), { recursive: true });
  for (const path of copied)
    await copyFile(join(root, 'public/weights/all-MiniLM-L6-v2', path), join(folder, path));
  await json('config.json', config);
  await json('sentence_bert_config.json', { max_seq_length: 512, do_lower_case: false });
  await json('1_Pooling/config.json', { word_embedding_dimension: 768, pooling_mode_mean_tokens: true });

  const tensors = seededBert(config);
  const { header, places } = layOutSafetensors(
    [...tensors].map(([name, { shape }]) => ({ name, dtype: 'F32', shape })),
  );
  const file = await open(join(folder, 'model.safetensors'), 'w');
  try {
    await file.write(header);
    for (const name of places.keys()) await file.write(new Uint8Array(tensors.get(name)?.data.buffer ?? []));
  } finally {
    await file.close();
  }
}
