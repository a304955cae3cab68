import { groupOf } from '../../architectures/parameterTree.ts';
import type { ParameterTree } from '../../types.ts';

/** Whether the loss of some task depends on a parameter, which may be the encoder's or a head's ('heads.<name>.weight'). */
export function isReached(name: string, tree: ParameterTree, tasks: readonly string[]): boolean {
  const head = /^heads\.(.+)\.[^.]+$/.exec(name)?.[1];
  return head === undefined ? groupOf(tree, name) !== 'unused' : tasks.includes(head);
}
