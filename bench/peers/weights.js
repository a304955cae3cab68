import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const defaultModelFolder = fileURLToPath(
  new URL('../../public/weights/all-MiniLM-L6-v2', import.meta.url),
);

/**
 * @typedef {{ shape: number[], data: Float32Array }} Weight
 * @typedef {Map<string, Weight>} Weights  by PyTorch's parameter names without 'bert.'; linear weights are [out, in]
 * @typedef {{ hidden_size: number, num_hidden_layers: number, num_attention_heads: number, layer_norm_eps: number,
 *   hidden_act: string }} BertConfig  what the peers read of config.json
 */

/**
 * Reads config.json and the float32 tensors of model.safetensors. The smallest reader that will do, so that the peers
 * stand on nothing of ours.
 * @param {string} folder
 * @returns {Promise<{ config: BertConfig, weights: Weights }>}
 */
export async function readModel(folder) {
  /** @type {BertConfig} */
  const config = JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'));
  if (config.hidden_act !== 'gelu')
    throw new Error(`hidden_act is "${config.hidden_act}": the peers know "gelu" only.`);
  const file = await readFile(join(folder, 'model.safetensors'));
  const headerLength = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerLength));
  /** @type {Weights} */
  const weights = new Map();
  for (const [name, { dtype, shape, data_offsets: range }] of Object.entries(header)) {
    if (dtype !== 'F32') continue; // __metadata__ and position_ids
    const [begin, end] = range.map((/** @type {number} */ offset) => 8 + headerLength + offset);
    const bytes = new Uint8Array(file.subarray(begin, end)); // a copy: the file's bytes need not be aligned to four
    weights.set(name.replace(/^bert\./, ''), { shape, data: new Float32Array(bytes.buffer) });
  }
  return { config, weights };
}

/** @param {Weights} weights @param {string} name @returns {Weight} @throws where the model lacks it */
export function need(weights, name) {
  const weight = weights.get(name);
  if (!weight) throw new Error(`The model has no parameter "${name}".`);
  return weight;
}

/** @param {Weight} weight @param {number} factor @returns {Weight} */
export function scale({ shape, data }, factor) {
  return { shape, data: data.map((x) => x * factor) };
}

/** @param {Weight} weight [out, in] @returns {Weight} [in, out] */
export function transpose({ shape: [rows, columns], data }) {
  const transposed = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      transposed[column * rows + row] = data[row * columns + column];
  }
  return { shape: [columns, rows], data: transposed };
}

/**
 * Position embeddings with the embedding of token type 0 added: each token gets that same sum.
 * @param {Weights} weights @returns {Weight} [positions, hidden]
 */
export function positionTable(weights) {
  const { shape, data } = need(weights, 'embeddings.position_embeddings.weight');
  const type = need(weights, 'embeddings.token_type_embeddings.weight').data;
  return { shape, data: data.map((x, i) => x + type[i % shape[1]]) };
}

/**
 * The encoder's layers, each a tree of what `linear` and `norm` make of the parameters' names (without '.weight', '.bias').
 * @template L, N
 * @param {BertConfig} config @param {(name: string) => L} linear @param {(name: string) => N} norm
 */
export function encoderLayers({ num_hidden_layers: count }, linear, norm) {
  return Array.from({ length: count }, (_, i) => {
    const prefix = `encoder.layer.${i}`;
    return {
      query: linear(`${prefix}.attention.self.query`),
      key: linear(`${prefix}.attention.self.key`),
      value: linear(`${prefix}.attention.self.value`),
      attentionOutput: linear(`${prefix}.attention.output.dense`),
      attentionNorm: norm(`${prefix}.attention.output.LayerNorm`),
      up: linear(`${prefix}.intermediate.dense`),
      down: linear(`${prefix}.output.dense`),
      outputNorm: norm(`${prefix}.output.LayerNorm`),
    };
  });
}
