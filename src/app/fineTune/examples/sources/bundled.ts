export const bundledSets = [
  { name: 'Shop feedback', what: '90 texts, topic and sentiment', url: 'data/shop-feedback.csv' },
  { name: 'Library desk', what: '60 questions, intent', url: 'data/library-desk.csv' },
  { name: 'Feelings', what: '60 texts, emotion', url: 'data/feelings.csv' },
];

export function isBundled(name: string): boolean {
  return bundledSets.some((set) => set.name === name);
}
