import { readFileSync } from 'node:fs';
import { SentenceTransformer, Trainer } from '../lib/index.js';
import { optimizer } from './peers/trainingInputs.js';

/**
 * @typedef {object} Task  what each library trains, and on what
 * @property {import('./peers/weights.js').BertConfig} config
 * @property {import('./peers/weights.js').Weights} weights
 * @property {string} folder where config and weights are from
 * @property {import('./peers/trainingInputs.js').Head[]} heads
 * @property {import('./peers/trainingInputs.js').TrainingBatch} batch the same in each step
 */

/**
 * tabgrad as the peers are run: the built library, on texts. Each step is one epoch of one batch. It needs no pauses from
 * outside: in Node the library itself leaves work alone while it computes. Of the word embeddings it trains the rows in
 * use, which is exact: the others' gradient is 0, and Adam leaves them where they are.
 * @param {GPU} gpu
 * @param {Task} task
 * @returns {Promise<import('./peers/measureTraining.js').TrainingPeer>}
 */
export async function loadTraining(gpu, { folder, heads, batch }) {
  const model = await SentenceTransformer.fromPretrained(folder, { gpu });
  for (const { name, classes, weight, bias } of heads) {
    const labels = Array.from({ length: classes }, (_, i) => `${name} ${i}`);
    model.addHead(name, { labels, weight, bias });
  }
  await checkTokens(model, batch);
  const examples = batch.texts.map((text, i) => ({
    text,
    labels: Object.fromEntries(heads.map(({ name }) => [name, batch.labels[name][i]])),
  }));
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const { learningRate, beta1, beta2, epsilon } = optimizer;
  return {
    name: 'tabgrad',
    version,
    async *steps(count) {
      const trainer = new Trainer(model, {
        examples,
        scenario: 'full',
        optimizer: 'adam',
        learningRate,
        betas: [beta1, beta2],
        eps: epsilon,
        epochs: count,
        batchSize: 'all',
      });
      for await (const event of trainer.train()) if (event.type === 'step') yield event.loss;
    },
    dispose: () => model.dispose(),
  };
}

/** The peers get ids: a text must be just as many tokens. That they are the same ones, the losses show. */
async function checkTokens(model, { texts, ids }) {
  const { tokens } = await model.encode(texts);
  const wrong = texts.findIndex((_, i) => tokens[i] !== ids[i].length);
  if (wrong >= 0) throw new Error(`"${texts[wrong]}" is ${tokens[wrong]} tokens, not ${ids[wrong].length}.`);
}
