import { branchPattern, groupOf, layerPattern } from '../../../architectures/parameterTree.ts';
import type { ParameterFacts, ParameterTree } from '../../../types.ts';
import { parameterSettings, type Scenario } from '../../../worker/client.ts';

export type Pattern = Scenario['frozen'][number];

/** Parameters that are trained alike: a head, a layer of the encoder, the embeddings. */
export interface Group {
  kind: 'head' | 'layer' | 'embeddings';
  /** As the page calls it: 'head topic', 'layer 5', 'embeddings'. */
  name: string;
  pattern: Pattern;
  /** null where it is frozen. */
  rate: number | null;
  /** Numbers in its parameters. */
  size: number;
}

/**
 * The groups of a model with heads, from the heads down to the embeddings. Parameters that no head reads are in none.
 * @param parameters of the encoder, and of heads that it may have
 * @param heads number of labels by name
 */
export function groupsOf(
  parameters: readonly ParameterFacts[],
  tree: ParameterTree,
  heads: ReadonlyMap<string, number>,
  dimension: number,
  { frozen, learningRate }: Scenario,
): Group[] {
  const encoder = parameters.filter(({ name }) => !name.startsWith('heads.'));
  const headParameters = [...heads].flatMap(([head, labels]): ParameterFacts[] => [
    { name: `heads.${head}.weight`, shape: [labels, dimension] },
    { name: `heads.${head}.bias`, shape: [labels] },
  ]);
  const all = [...headParameters, ...encoder.toReversed()];
  const settings = parameterSettings(
    all.map(({ name }) => name),
    { frozen, learningRate, weightDecay: 0 },
  );
  const groups = new Map<string, Group>();
  for (const { name, shape } of all) {
    const facts = describe(name, tree);
    if (!facts) continue;
    const group = groups.get(facts.name) ?? { ...facts, rate: settings.get(name)!.rate, size: 0 };
    group.size += shape.reduce((product, side) => product * side, 1);
    groups.set(group.name, group);
  }
  return [...groups.values()];
}

/** The group of a parameter; undefined for one that no head reads. */
function describe(
  parameter: string,
  tree: ParameterTree,
): Pick<Group, 'kind' | 'name' | 'pattern'> | undefined {
  const head = /^heads\.(.+)\.[^.]+$/.exec(parameter)?.[1];
  if (head !== undefined) {
    // A head's name could be taken for a glob.
    const pattern = new RegExp(`^heads\\.${head.replace(/\W/g, '\\$&')}\\.[^.]+$`);
    return { kind: 'head', name: `head ${head}`, pattern };
  }
  const group = groupOf(tree, parameter);
  if (group === 'unused') return undefined;
  if (group === 'embeddings') return { kind: group, name: group, pattern: branchPattern(tree.embeddings) };
  return { kind: 'layer', name: `layer ${group}`, pattern: layerPattern(tree, [group]) };
}
