import { readFileSync } from 'node:fs';
import { SentenceTransformer } from '../lib/index.js';
import { sentenceOf } from './peers/inputs.js';

/**
 * tabgrad as the peers are run: the built library, on texts, so its times hold the tokenizing too. Every row is the reference
 * sentence of that length; what a sentence says makes no difference to the time.
 * @param {GPU} gpu
 * @param {import('./peers/weights.js').BertConfig} _config
 * @param {import('./peers/weights.js').Weights} _weights
 * @param {string} folder where tabgrad reads the model itself
 * @returns {Promise<import('./peers/measure.js').Peer>}
 */
export async function load(gpu, _config, _weights, folder) {
  const model = await SentenceTransformer.fromPretrained(folder, { gpu });
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return {
    name: 'tabgrad',
    version,
    encode: (ids) => {
      const encoding = model.encode(ids.map(({ length }) => sentenceOf(length)));
      return { result: async () => (await encoding).data };
    },
    dispose: () => model.dispose(),
  };
}
