import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * @typedef {{ shape: number[], data: Float32Array }} Weight
 * @typedef {{ hidden_size: number, num_hidden_layers: number, num_attention_heads: number, intermediate_size: number,
 *   layer_norm_eps: number, hidden_act: string, vocab_size: number, max_position_embeddings: number }} BertConfig
 */

/**
 * Reads config.json and model.safetensors of a model folder, float32 tensors only. The smallest reader that will do,
 * so that the peers stand on nothing of ours.
 * @param {string} folder
 * @returns {Promise<{ config: BertConfig, weights: Map<string, Weight> }>} names as in PyTorch, without 'bert.'
 */
export async function readModel(folder) {
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
  const file = await readFile(join(folder, 'model.safetensors'));
  const headerLength = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerLength));
  const weights = new Map();
  for (const [name, { dtype, shape, data_offsets: range }] of Object.entries(header)) {
    if (dtype !== 'F32') continue; // __metadata__ and position_ids
    const [begin, end] = range.map((/** @type {number} */ offset) => 8 + headerLength + offset);
    // A copy: the file's bytes need not be aligned to four.
    const bytes = new Uint8Array(file.subarray(begin, end));
    weights.set(name.replace(/^bert\./, ''), { shape, data: new Float32Array(bytes.buffer) });
  }
  return { config, weights };
}

/** @param {Map<string, Weight>} weights @param {string} name @returns {Weight} */
export function need(weights, name) {
  const weight = weights.get(name);
  if (!weight) throw new Error(`The model has no parameter "${name}".`);
  return weight;
}
