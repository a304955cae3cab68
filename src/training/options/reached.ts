import { groupOf } from '../../architectures/parameterTree.ts';
import type { ParameterTree } from '../../types.ts';

/** Whether the loss of some task depends on a parameter of the encoder or of a head. */
export function isReached(name: string, tree: ParameterTree, tasks: readonly string[]): boolean {
  const head = /^heads\.(.+)\.[^.]+$/.exec(name)?.[1];
  return head === undefined ? groupOf(tree, name) !== 'unused' : tasks.includes(head);
}
