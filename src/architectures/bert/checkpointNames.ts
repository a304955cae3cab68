import { ModelFormatError } from '../../errors.ts';

/** Buffers that are no parameters: positions and types are counted, not learned. */
const buffers = new Set(['embeddings.position_ids', 'embeddings.token_type_ids']);

/**
 * The name of a parameter, from its name in a BERT checkpoint: without the `bert.` that checkpoints with a task head
 * have, or the `model.` of a module around them, and with `weight` and `bias` where TensorFlow's layer norms have `gamma` and `beta`.
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

/**
 * Parameter name → checkpoint name, for all parameters that a checkpoint has.
 * @throws ModelFormatError if two tensors of the checkpoint are the same parameter
 */
export function mapNames(names: Iterable<string>, file = 'model.safetensors'): Map<string, string> {
  const map = new Map<string, string>();
  for (const name of names) {
    const parameter = parameterName(name);
    if (parameter === null) continue;
    const other = map.get(parameter);
    if (other !== undefined) {
      throw new ModelFormatError(
        `${file} has the parameter ${parameter} twice: as ${other} and as ${name}.`,
        {
          file,
          parameter,
        },
      );
    }
    map.set(parameter, name);
  }
  return map;
}
