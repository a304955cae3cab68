import type { OptimizerKind } from '../../optim/adam.ts';
import { type GroupOptions, parameterSettings } from '../../optim/paramGroups.ts';
import type { ParameterTree } from '../../types.ts';
import { isReached } from '../options/reached.ts';

/** Parameters that train alike. */
export interface ParameterGroup {
  rate: number;
  weight_decay: number;
  /** Names, and beginnings of names that end in '.*'. */
  parameters: string[];
}

interface Rules extends Omit<GroupOptions, 'weightDecay'> {
  parameterTree: ParameterTree;
  optimizer: OptimizerKind;
  /** PyTorch's if left out. */
  weightDecay?: number;
}

/**
 * What trains, by rate and decay: every parameter is named by one group, or frozen and named by none.
 * @param encoder names of the encoder's parameters
 * @param tasks heads that examples have labels for: what no loss depends on does not train
 * @throws ArgumentError for a pattern that matches none, or a rate that is none
 */
export function parameterGroups(
  encoder: readonly string[],
  heads: readonly string[],
  tasks: readonly string[],
  { parameterTree, optimizer, weightDecay = optimizer === 'adamw' ? 0.01 : 0, ...rules }: Rules,
): ParameterGroup[] {
  const names = [...encoder, ...heads.flatMap((head) => [`heads.${head}.weight`, `heads.${head}.bias`])];
  const groups = new Map<string, { rate: number; weight_decay: number; names: Set<string> }>();
  for (const [name, { rate, weightDecay: decay }] of parameterSettings(names, { ...rules, weightDecay })) {
    if (rate === null || !isReached(name, parameterTree, tasks)) continue;
    const key = `${rate} ${decay}`;
    const group = groups.get(key) ?? { rate, weight_decay: decay, names: new Set() };
    groups.set(key, group);
    group.names.add(name);
  }
  return [...groups.values()].map(({ rate, weight_decay, names: mine }) => ({
    ...{ rate, weight_decay, parameters: shortened(names, mine) },
  }));
}

/** Names, those of a branch of the tree as one where all of it is wanted. */
function shortened(all: readonly string[], wanted: ReadonlySet<string>, branch = ''): string[] {
  const children = new Map<string, string[]>();
  for (const name of all) {
    const end = name.indexOf('.', branch.length);
    const child = end === -1 ? name : name.slice(0, end + 1);
    children.set(child, [...(children.get(child) ?? []), name]);
  }
  return [...children].flatMap(([child, names]) => {
    const isWhole = names.every((name) => wanted.has(name));
    if (isWhole) return [names.length === 1 ? names[0]! : `${child}*`];
    return child.endsWith('.') ? shortened(names, wanted, child) : [];
  });
}
