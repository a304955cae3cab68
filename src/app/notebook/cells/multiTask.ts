import type { Given } from '../given.ts';

export default async function multiTask({ Trainer, model, heads, examples, print, signal }: Given) {
  const trainer = new Trainer(model, {
    heads,
    examples,
    scenario: 'full',
    optimizer: 'adam',
    learningRate: 1e-5,
    batchSize: 'all',
    epochs: 3,
  });

  for await (const event of trainer.train({ signal })) {
    if (event.type !== 'step') continue;
    const { topic, sentiment } = event.losses;
    print(`epoch ${event.epoch}: loss ${event.loss.toFixed(3)}`);
    print(`  topic ${topic.toFixed(3)} + sentiment ${sentiment.toFixed(3)}`);
  }
}
