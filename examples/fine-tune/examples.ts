import type { Example } from 'tabgrad';

export const heads = {
  topic: { labels: ['delivery', 'quality', 'billing'] },
  sentiment: { labels: ['positive', 'negative'] },
};

/** A text, its topic and its sentiment. */
const rows: [text: string, topic: string, sentiment: string][] = [
  ['The parcel came two days early.', 'delivery', 'positive'],
  ['Still no sign of my order.', 'delivery', 'negative'],
  ['The courier carried it up to the fourth floor.', 'delivery', 'positive'],
  ['It was left in the rain.', 'delivery', 'negative'],
  ['The wood is beautiful and solid.', 'quality', 'positive'],
  ['The zip broke after two days.', 'quality', 'negative'],
  ['Even better than in the picture.', 'quality', 'positive'],
  ['The paint comes off.', 'quality', 'negative'],
  ['My refund came within the hour.', 'billing', 'positive'],
  ['I was charged twice.', 'billing', 'negative'],
  ['The invoice was clear and correct.', 'billing', 'positive'],
  ['The discount was not taken off the bill.', 'billing', 'negative'],
];

export const examples: Example[] = rows.map(([text, topic, sentiment]) => ({
  text,
  labels: { topic, sentiment },
}));
