/**
 * Embeds three sentences in Node and prints how similar they are:
 *
 *   node index.js [hub id, URL or folder of a model]
 */
import { SentenceTransformer, similarity } from 'tabgrad';
import { create } from 'webgpu';

const sentences = [
  'A kitten naps in the sun.',
  'The cat sleeps on the warm roof.',
  'Profits rose in the third quarter.',
];
const source = process.argv[2] ?? 'sentence-transformers/all-MiniLM-L6-v2';

// What create() returns must stay reachable while it is used: if it is collected, the process ends.
globalThis.gpu = create([]);

const model = await SentenceTransformer.fromPretrained(source, {
  gpu: globalThis.gpu,
  onProgress: (event) => {
    if (event.status === 'done') console.error(`${event.file}: here`);
  },
});
console.error(`${model.adapter.description}: ${model.parameterCount.toLocaleString('en')} parameters`);

const embeddings = await model.encode(sentences);
const cosines = similarity(embeddings, embeddings);
const [rows, columns] = cosines.shape;
for (let row = 0; row < rows; row++) {
  for (let column = row + 1; column < columns; column++) {
    const cosine = cosines.data[row * columns + column];
    console.log(`${cosine.toFixed(4)}  ${sentences[row]} | ${sentences[column]}`);
  }
}

await model.dispose();
// The GPU's own threads would keep the process alive.
process.exit(0);
