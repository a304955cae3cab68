import type { Given } from '../given.ts';

export default async function prepare({ print }: Given) {
  const heads = {
    topic: { labels: ['sport', 'tech', 'food'], seed: 42 },
    sentiment: { labels: ['negative', 'positive'], seed: 43 },
  };
  const examples = [
    { text: 'The team won the final.', labels: { topic: 'sport', sentiment: 'positive' } },
    { text: 'Our striker is injured again.', labels: { topic: 'sport', sentiment: 'negative' } },
    { text: 'The new phone is wonderfully fast.', labels: { topic: 'tech', sentiment: 'positive' } },
    { text: 'My laptop crashed twice today.', labels: { topic: 'tech', sentiment: 'negative' } },
    { text: 'The soup tastes delicious.', labels: { topic: 'food', sentiment: 'positive' } },
    { text: 'The bread was stale.', labels: { topic: 'food', sentiment: 'negative' } },
  ];

  print(`${examples.length} sentences`);
  for (const [name, { labels }] of Object.entries(heads)) print(`${name}: ${labels.join(', ')}`);
  return { heads, examples };
}
