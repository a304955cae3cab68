import { hex, sha256 } from '../../files/safetensors/sealed.ts';
import type { ModelState } from '../../model/state.ts';

/** Facts that tell the model of a checkpoint from other models. */
export interface ModelIdentity {
  parameters: number;
  layers: number;
  hiddenSize: number;
  maxLength: number;
  /** Hash over names, types, shapes and bytes of all tensors in the file that the model was loaded from. */
  sha256: string;
}

const known = new WeakMap<ModelState['folder'], Promise<ModelIdentity>>();

/** Works the identity out once for each model. It reads the file that the model came from, a tensor at a time. */
export function modelIdentity(core: ModelState): Promise<ModelIdentity> {
  let identity = known.get(core.folder);
  if (!identity) {
    identity = identify(core);
    known.set(core.folder, identity);
    identity.catch(() => known.delete(core.folder));
  }
  return identity;
}

/** Says in what two identities differ, for a message; undefined where they are the same. */
export function difference(theirs: ModelIdentity, ours: ModelIdentity): string | undefined {
  const sizes = [
    ['layers', 'layers'],
    ['hiddenSize', 'hidden size'],
    ['parameters', 'parameters'],
    ['maxLength', 'longest text in tokens'],
  ] as const;
  for (const [key, word] of sizes) {
    if (theirs[key] !== ours[key]) return `${word}: ${theirs[key]} there, ${ours[key]} here`;
  }
  return theirs.sha256 === ours.sha256 ? undefined : 'its weights are others';
}

async function identify({ folder, parameters }: ModelState): Promise<ModelIdentity> {
  const { checkpoint, repository } = folder;
  const lines: string[] = [];
  for (const { name, dtype, shape } of [...checkpoint.tensors.values()].sort((a, b) => a.begin - b.begin)) {
    lines.push(JSON.stringify([name, dtype, shape, hex(await sha256(await checkpoint.bytes(name)))]));
  }
  return {
    parameters: parameters.count,
    layers: repository.encoder.layers,
    hiddenSize: repository.encoder.hiddenSize,
    maxLength: repository.maxLength,
    sha256: hex(await sha256(new TextEncoder().encode(lines.join('\n')))),
  };
}
