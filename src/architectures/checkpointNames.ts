import { ModelFormatError } from '../errors.ts';
import type { Encoder } from './architecture.ts';

/**
 * Parameter name → checkpoint name, for all parameters of the encoder that a checkpoint has.
 * @throws ModelFormatError if two tensors of the checkpoint are the same parameter
 */
export function checkpointNames(
  { parameterName }: Pick<Encoder, 'parameterName'>,
  names: Iterable<string>,
): Map<string, string> {
  const map = new Map<string, string>();
  for (const name of names) {
    const parameter = parameterName(name);
    if (parameter === null) continue;
    const other = map.get(parameter);
    if (other !== undefined) {
      throw new ModelFormatError(
        `model.safetensors has the parameter ${parameter} twice: as ${other} and as ${name}.`,
        { file: 'model.safetensors', parameter },
      );
    }
    map.set(parameter, name);
  }
  return map;
}
