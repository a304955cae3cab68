import type { ParameterFacts } from '../../../types.ts';
import { parameterSettings, type Scenario } from '../../../worker/client.ts';

/** Parameters that are trained alike: a head, a layer of the encoder, the embeddings. */
export interface Group {
  name: string;
  /** null where it is frozen. */
  rate: number | null;
  /** Numbers in its parameters. */
  size: number;
}

/**
 * The groups of a model with heads, from the heads down to the embeddings. The pooler is left out: no head reads it.
 * @param parameters of the encoder, and of heads that it may have
 * @param heads number of labels by name
 */
export function groupsOf(
  parameters: readonly ParameterFacts[],
  heads: ReadonlyMap<string, number>,
  dimension: number,
  { frozen, learningRate }: Scenario,
): Group[] {
  const encoder = parameters.filter(({ name }) => !name.startsWith('heads.'));
  const headParameters = [...heads].flatMap(([head, labels]): ParameterFacts[] => [
    { name: `heads.${head}.weight`, shape: [labels, dimension] },
    { name: `heads.${head}.bias`, shape: [labels] },
  ]);
  const all = [...encoder, ...headParameters];
  const settings = parameterSettings(
    all.map(({ name }) => name),
    { frozen, learningRate, weightDecay: 0 },
  );
  const groups = new Map<string, Group>();
  for (const { name, shape } of all) {
    const title = titleOf(name);
    if (title === undefined) continue;
    const group = groups.get(title) ?? { name: title, rate: settings.get(name)!.rate, size: 0 };
    group.size += shape.reduce((product, side) => product * side, 1);
    groups.set(title, group);
  }
  const isHead = ({ name }: Group) => name.startsWith('head ');
  const found = [...groups.values()];
  return [...found.filter(isHead), ...found.filter((group) => !isHead(group)).reverse()];
}

/** Layers of the encoder, by its parameters' names. */
export function layersOf(parameters: readonly ParameterFacts[]): number {
  const numbers = parameters.flatMap(({ name }) => /^encoder\.layer\.(\d+)\./.exec(name)?.[1] ?? []);
  return new Set(numbers).size;
}

function titleOf(name: string): string | undefined {
  const [part, ...rest] = name.split('.');
  if (part === 'heads') return `head ${rest.slice(0, -1).join('.')}`;
  if (part === 'encoder') return `layer ${rest[1]}`;
  return part === 'embeddings' ? part : undefined;
}
