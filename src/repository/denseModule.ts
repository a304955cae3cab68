import { ModelFormatError } from '../errors.ts';
import { asObject } from '../files/json.ts';
import type { SafetensorsFile } from '../files/safetensors/safetensorsFile.ts';
import { fault } from '../values/fault.ts';
import { quote } from '../values/quote.ts';

/** The config.json of a Dense module. */
export interface DenseConfig {
  inFeatures: number;
  outFeatures: number;
  bias: boolean;
  activation: 'tanh' | 'identity';
}

/** A Dense module's config and checkpoint. `file` is the checkpoint's name in messages. */
export interface DenseFiles {
  config: DenseConfig;
  checkpoint: SafetensorsFile;
  file: string;
}

/** Activations by the paths of PyTorch's classes, old and new. */
const activations: Record<string, DenseConfig['activation']> = {
  'torch.nn.modules.activation.Tanh': 'tanh',
  'torch.nn.Tanh': 'tanh',
  'torch.nn.modules.linear.Identity': 'identity',
  'torch.nn.Identity': 'identity',
};

/**
 * Reads a Dense module's config.json. @param inFeatures numbers that the module before it gives
 * @throws ModelFormatError naming what does not work, and what does
 * @see https://sbert.net/docs/package_reference/base/modules.html for the keys and their defaults
 */
export function readDenseConfig(value: unknown, file: string, inFeatures: number): DenseConfig {
  const config = asObject(value, file, 'modules.json asks for it');
  const {
    in_features,
    out_features,
    bias = true,
    activation_function: activation = 'torch.nn.modules.activation.Tanh',
    module_input_name: from = 'sentence_embedding',
    module_output_name: to,
    use_residual: residual = false,
  } = config;
  const bad = (what: string) => fault(file, what);
  if (in_features !== inFeatures) {
    throw bad(`in_features is ${quote(in_features)}, and the module before it gives ${inFeatures} numbers`);
  }
  if (!Number.isSafeInteger(out_features) || (out_features as number) < 4 || (out_features as number) % 4) {
    throw bad(`out_features is ${quote(out_features)}. Multiples of 4 work`);
  }
  if (typeof bias !== 'boolean') throw bad(`bias is ${quote(bias)}, not true or false`);
  if (typeof activation !== 'string' || !Object.hasOwn(activations, activation)) {
    throw bad(
      `activation_function is ${quote(activation)}. "torch.nn.modules.activation.Tanh" and "torch.nn.modules.linear.Identity" work`,
    );
  }
  if (from !== 'sentence_embedding' || (to ?? from) !== from) {
    const path = `it reads ${quote(from)} and writes ${quote(to ?? from)}`;
    throw bad(`${path}. Only "sentence_embedding", in and out, works`);
  }
  if (residual !== false) throw bad(`use_residual is ${quote(residual)}. Only false works`);
  return { inFeatures, outFeatures: out_features as number, bias, activation: activations[activation]! };
}

/**
 * Reads a Dense module's `linear.weight` [out, in] and `linear.bias` [out], or zeros where it has none.
 * @throws ModelFormatError if one is missing or of another shape
 */
export async function readDenseWeights({
  config: { inFeatures, outFeatures, bias },
  checkpoint,
  file,
}: DenseFiles): Promise<{ weight: Float32Array<ArrayBuffer>; bias: Float32Array<ArrayBuffer> }> {
  const read = (tensor: string, shape: number[]) => {
    const given = checkpoint.tensors.get(tensor)?.shape;
    if (given?.join() === shape.join()) return checkpoint.read(tensor);
    throw new ModelFormatError(
      `${file}: ${tensor} is ${given ? `[${given.join(', ')}]` : 'missing'}, config.json asks for [${shape.join(', ')}].`,
      { file, tensor },
    );
  };
  return {
    weight: await read('linear.weight', [outFeatures, inFeatures]),
    bias: bias ? await read('linear.bias', [outFeatures]) : new Float32Array(outFeatures),
  };
}
