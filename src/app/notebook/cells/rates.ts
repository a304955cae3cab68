import type { Given } from '../given.ts';

export default async function rates({ Trainer, model, heads, examples, print }: Given) {
  const trainer = new Trainer(model, { heads, examples, scenario: 'layer-wise' });
  const { parameters } = await trainer.plan();

  let last = '';
  for (const { name, rate } of parameters) {
    const part = name.match(/^embeddings|layer\.\d+|heads\.\w+/)?.[0];
    if (!part || part === last) continue;
    print(`${part}: ${rate?.toExponential()}`);
    last = part;
  }
}
