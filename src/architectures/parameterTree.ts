import type { ParameterTree } from '../types.ts';

export { bertTree as usualTree } from './bert/names.ts';

/** @returns the number of the parameter's layer; else 'unused' if no loss depends on it, or 'embeddings' */
export function groupOf({ layers, unused }: ParameterTree, name: string): 'embeddings' | 'unused' | number {
  if (name.startsWith(`${layers}.`)) return Number.parseInt(name.slice(layers.length + 1), 10);
  return unused.some((branch) => name.startsWith(`${branch}.`)) ? 'unused' : 'embeddings';
}

/** The number of layers that some parameters of an encoder belong to. */
export function layersOf(tree: ParameterTree, names: readonly string[]): number {
  return new Set(names.map((name) => groupOf(tree, name)).filter((group) => typeof group === 'number')).size;
}

/** A glob for all parameters in branches of the tree: '{embeddings,pooler}.*'. */
export function branchPattern(branches: readonly string[]): string {
  return `${alternatives(branches)}.*`;
}

/** A glob for all parameters in some of the layers: 'encoder.layer.{0,1}.*'. */
export function layerPattern({ layers }: ParameterTree, numbers: readonly number[]): string {
  return branchPattern([`${layers}.${alternatives(numbers)}`]);
}

function alternatives(choices: readonly (string | number)[]): string {
  return choices.length === 1 ? String(choices[0]) : `{${choices.join()}}`;
}
