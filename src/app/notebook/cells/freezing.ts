import type { Given } from '../given.ts';

export default async function freezing({ Trainer, model, heads, examples, print, signal }: Given) {
  const scenarios = ['heads-only', 'one-head', 'top-layers', 'full', 'layer-wise'] as const;
  for (const scenario of scenarios) {
    const plan = await new Trainer(model, { heads, examples, scenario }).plan();
    const trained = plan.parameters.filter(({ rate }) => rate !== null);
    const part = /embeddings|layer\.\d+|heads\.\w+/;
    const parts = trained.map(({ name }) => part.exec(name)?.[0]);
    signal.throwIfAborted();

    print(`${scenario}: ${plan.trainable.toLocaleString('en-US')} parameters`);
    print(`  ${[...new Set(parts)].join(', ')}`);
  }

  const nothing = new Trainer(model, { heads, examples, scenario: 'frozen' });
  await nothing.plan().catch((error) => print(`frozen: ${error.message}`));
}
