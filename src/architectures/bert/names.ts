import type { ParameterTree } from '../../types.ts';

export const bertTree: ParameterTree = {
  embeddings: ['embeddings'],
  layers: 'encoder.layer',
  unused: ['pooler'],
};

/** Buffers that are no parameters: positions and types are counted, not learned. */
const buffers = new Set(['embeddings.position_ids', 'embeddings.token_type_ids']);

/**
 * The name of a parameter, from its name in a BERT checkpoint: without the `bert.` that checkpoints with a task head
 * have and the `model.` of a module around them, and with `weight` and `bias` where TensorFlow's layer norms have
 * `gamma` and `beta`.
 * @returns null for what is no parameter of the encoder: buffers, and heads (`cls.*`, `classifier.*`)
 */
export function parameterName(checkpointName: string): string | null {
  const name = checkpointName
    .replace(/^(?:model\.)?(?:bert\.)?/, '')
    .replace(/\.gamma$/, '.weight')
    .replace(/\.beta$/, '.bias');
  if (buffers.has(name) || !/^(embeddings|encoder|pooler)\./.test(name)) return null;
  return name;
}
