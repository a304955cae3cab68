export interface Bundled {
  name: string;
  /** The number of texts, and what they are labelled with. */
  what: string;
  url: string;
}

export const bundledSets: readonly Bundled[] = [
  { name: 'Shop feedback', what: '90 texts, topic and sentiment', url: 'data/shop-feedback.csv' },
  { name: 'Library desk', what: '60 questions, intent', url: 'data/library-desk.csv' },
  { name: 'Feelings', what: '60 texts, emotion', url: 'data/feelings.csv' },
];

export function isBundled(name: string): boolean {
  return bundledSets.some((set) => set.name === name);
}
