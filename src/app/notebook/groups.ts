import type { TrainingPlan } from '../../worker/client.ts';

/** What trains, in words: 'heads topic and sentiment, layers 4–5, embeddings'. */
export function trainedGroups(parameters: TrainingPlan['parameters']): string {
  const names = parameters.filter(({ rate }) => rate !== null).map(({ name }) => name);
  const of = (pattern: RegExp) => [...new Set(names.flatMap((name) => pattern.exec(name)?.[1] ?? []))];
  const heads = of(/^heads\.(.+)\.[^.]+$/);
  const layers = of(/^encoder\.layer\.(\d+)\./).map(Number);
  const parts = [
    heads.length > 0 && `${heads.length === 1 ? 'head' : 'heads'} ${heads.join(' and ')}`,
    layers.length > 0 &&
      (layers.length === 1 ? `layer ${layers[0]}` : `layers ${layers[0]}–${layers.at(-1)}`),
    names.some((name) => name.startsWith('embeddings.')) && 'embeddings',
  ].filter((part) => part !== false);
  return parts.join(', ') || 'nothing';
}
