import { headParameters } from '../../nn/headParameters.ts';
import type { OptimizerKind } from '../../optim/adam.ts';
import { type GroupOptions, parameterSettings } from '../../optim/paramGroups.ts';
import type { ParameterTree } from '../../types.ts';
import { type LossOfRun, reachedParameters } from '../losses/loss.ts';

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
 * Groups what trains by rate and decay. One group names each parameter that trains; no group names a frozen one.
 * @param encoder names of the encoder's parameters
 * @param heads names of the heads
 * @param loss what it does not depend on does not train
 * @throws ArgumentError for a pattern that matches none, or a rate that is none
 */
export function parameterGroups(
  encoder: readonly string[],
  heads: readonly string[],
  loss: Pick<LossOfRun, 'parameters'>,
  { parameterTree, optimizer, weightDecay = optimizer === 'adamw' ? 0.01 : 0, ...rules }: Rules,
): ParameterGroup[] {
  const names = [...encoder, ...heads.flatMap((head) => Object.values(headParameters(head)))];
  const reached = reachedParameters(encoder, parameterTree, loss);
  const groups = new Map<string, { rate: number; weight_decay: number; names: Set<string> }>();
  for (const [name, { rate, weightDecay: decay }] of parameterSettings(names, { ...rules, weightDecay })) {
    if (rate === null || !reached.has(name)) continue;
    const key = `${rate} ${decay}`;
    const group = groups.get(key) ?? { rate, weight_decay: decay, names: new Set() };
    groups.set(key, group);
    group.names.add(name);
  }
  return [...groups.values()].map(({ rate, weight_decay, names: mine }) => ({
    ...{ rate, weight_decay, parameters: shortened(names, mine) },
  }));
}

/** The wanted names. Where all names of a branch are wanted, one entry that ends in '.*' stands for them. */
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
