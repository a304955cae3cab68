import type { Given } from '../given.ts';

export default async function layerWise({ Trainer, model, heads, examples, print, signal }: Given) {
  const trainer = new Trainer(model, {
    heads,
    examples,
    scenario: 'layer-wise',
    optimizer: 'adamw',
    batchSize: 'all',
    epochs: 3,
  });

  for await (const event of trainer.train({ signal })) {
    if (event.type === 'step') print(`epoch ${event.epoch}: loss ${event.loss.toFixed(3)}`);
  }
}
