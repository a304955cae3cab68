import type { Given } from '../given.ts';

export default async function prepare({ print }: Given) {
  const heads = {
    topic: { labels: ['sport', 'tech', 'food'], seed: 42 },
    sentiment: { labels: ['negative', 'positive'], seed: 43 },
  };
  const rows = [
    ['The team won the final.', 'sport', 'positive'],
    ['Our striker is injured again.', 'sport', 'negative'],
    ['The new phone is wonderfully fast.', 'tech', 'positive'],
    ['My laptop crashed twice today.', 'tech', 'negative'],
    ['The soup tastes delicious.', 'food', 'positive'],
    ['The bread was stale.', 'food', 'negative'],
  ];
  const examples = rows.map(([text, topic, sentiment]) => ({
    text,
    labels: { topic, sentiment },
  }));

  print(`${examples.length} sentences`);
  for (const [name, { labels }] of Object.entries(heads)) {
    print(`${name}: ${labels.join(', ')}`);
  }
  return { heads, examples };
}
