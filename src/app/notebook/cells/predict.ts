import type { Given } from '../given.ts';

export default async function predict({ model, print, signal }: Given) {
  const sentences = ['Our team won again.', 'The laptop is slow.', 'The cake is wonderful.'];
  const answers = await model.predict(sentences, { signal });

  for (const [i, sentence] of sentences.entries()) {
    print(sentence);
    for (const { labels, probabilities } of Object.values(answers)) {
      const first = i * labels.length;
      const row = [...probabilities.data.subarray(first, first + labels.length)];
      const best = row.indexOf(Math.max(...row));
      print(`  ${labels[best]} ${row[best].toFixed(2)}`);
    }
  }
}
