import type { ParameterSetting } from '../../optim/paramGroups.ts';

/** Parameters that train alike. */
export interface ParameterGroup {
  rate: number;
  weight_decay: number;
  /** Names, and beginnings of names that end in '.*'. */
  parameters: string[];
}

/** Groups what trains by rate and decay. One group names each parameter that trains; no group names a frozen one. */
export function parameterGroups(settings: ReadonlyMap<string, ParameterSetting>): ParameterGroup[] {
  const groups = new Map<string, { rate: number; weight_decay: number; names: Set<string> }>();
  for (const [name, { rate, weightDecay }] of settings) {
    if (rate === null) continue;
    const key = `${rate} ${weightDecay}`;
    const group = groups.get(key) ?? { rate, weight_decay: weightDecay, names: new Set() };
    groups.set(key, group);
    group.names.add(name);
  }
  return [...groups.values()].map(({ names, ...group }) => ({
    ...group,
    parameters: shortened([...settings.keys()], names),
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
