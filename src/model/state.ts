import { TabgradError } from '../errors.ts';
import type { Engine } from '../gpu/engine.ts';
import type { Dense } from '../nn/dense.ts';
import type { Head } from '../nn/heads.ts';
import type { Parameters } from '../nn/parameters.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { LoadedFolder } from './load.ts';

/** What a loaded model consists of: shared by what embeds, predicts and trains. */
export interface ModelCore {
  readonly engine: Engine;
  readonly folder: LoadedFolder;
  /** Of the encoder; each head has its own. */
  readonly parameters: Parameters;
  /** Layers behind the pooling, frozen. */
  readonly dense: readonly Dense[];
  /** Names of the encoder's parameters that a training may have changed since the load. */
  readonly trained: Set<string>;
  /** Trainings begun since the load. */
  trainings: number;
  /** By name, in the order they were added. */
  readonly heads: Map<string, Head>;
  /** Called before anything reads parameters: training may still owe some of them a change. */
  beforeRead: (() => void) | undefined;
  /** Calls that run the encoder and the heads that were there when they began. */
  calls: number;
  /** Parameters of heads that were replaced or removed during such calls. */
  readonly replaced: Parameters[];
  disposed: boolean;
}

/** Frees a head that the model no longer has, as soon as no call uses it. */
export function releaseHead(core: ModelCore, { parameters }: Head): void {
  if (core.calls > 0) core.replaced.push(parameters);
  else parameters.dispose();
}

/** Notes the end of a call: with the last one, heads that were replaced or removed are of no use. */
export function endCall(core: ModelCore): void {
  core.calls -= 1;
  if (core.calls === 0 && !core.disposed)
    for (const parameters of core.replaced.splice(0)) parameters.dispose();
}

/** @throws TabgradError after dispose, or what the GPU reported meanwhile */
export function checkUsable(core: ModelCore): void {
  if (core.disposed) throw new TabgradError('This model was disposed. Load it again with fromPretrained().');
  core.engine.check();
}

/** All parameters with their checkpoint names: the encoder's, then each head's. */
export function allParameters({ parameters, heads }: ModelCore): { name: string; tensor: Tensor }[] {
  return [parameters, ...[...heads.values()].map((head) => head.parameters)].flatMap((owner) =>
    owner.names.map((name) => ({ name, tensor: owner.get(name) })),
  );
}
