import { TabgradError } from '../errors.ts';
import type { Engine } from '../gpu/engine.ts';
import type { Dense } from '../nn/dense.ts';
import { createHead, type Head } from '../nn/heads.ts';
import { type ParameterRun, Parameters } from '../nn/parameters.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { HeadOptions } from '../types.ts';
import type { LoadedFolder } from './folder.ts';

interface ModelParts {
  engine: Engine;
  folder: LoadedFolder;
  /** The encoder's parameters; each head has its own. */
  runs: readonly ParameterRun[];
  dense: readonly Dense[];
  /** The heads' options by name. */
  heads: Iterable<readonly [name: string, options: HeadOptions]>;
}

/** A training as the model sees it. */
export interface ActiveTraining {
  /** Records the changes that training still owes to some parameters, such as pending weight decay. */
  settle(): void;
}

/** A loaded model, shared by all that embeds, predicts, trains and saves: parts, calls in flight, active training. */
export class ModelState {
  readonly engine: Engine;
  readonly folder: LoadedFolder;
  readonly parameters: Parameters;
  readonly dense: readonly Dense[];
  /** Names of the encoder's parameters that a training may have changed since the load. */
  readonly trained = new Set<string>();
  readonly #heads = new Map<string, Head>();
  /** Parameters of heads that were replaced or removed while calls were in flight. */
  readonly #retired: Parameters[] = [];
  #leases = 0;
  #training: ActiveTraining | undefined;
  #trainingsBegun = 0;
  #disposed = false;

  /** The encoder's parameters have memory and no values yet: for a load to fill, for copies and for tiny models. */
  constructor({ engine, folder, runs, dense, heads }: ModelParts) {
    this.engine = engine;
    this.folder = folder;
    this.parameters = new Parameters(engine, runs);
    this.dense = dense;
    for (const [name, options] of heads) this.setHead(name, options);
  }

  /** Heads by name, in the order they were added. */
  get heads(): ReadonlyMap<string, Head> {
    return this.#heads;
  }

  /** Calls that run the encoder and the heads that were there when they began. */
  get leases(): number {
    return this.#leases;
  }

  get isTraining(): boolean {
    return this.#training !== undefined;
  }

  get trainingsBegun(): number {
    return this.#trainingsBegun;
  }

  get isDisposed(): boolean {
    return this.#disposed;
  }

  /** All parameters with their checkpoint names: the encoder's, then each head's. */
  get allParameters(): { name: string; tensor: Tensor }[] {
    return this.#owners.flatMap((owner) => owner.names.map((name) => ({ name, tensor: owner.get(name) })));
  }

  /** @throws TabgradError after dispose, or what the GPU reported meanwhile */
  checkUsable(): void {
    if (this.#disposed) {
      throw new TabgradError('This model was disposed. Load it again with fromPretrained().');
    }
    this.engine.check();
  }

  /**
   * Notes that a call uses the parameters: heads that are replaced or removed meanwhile keep their memory until it
   * ends. @returns what ends the lease; a second time it does nothing
   */
  lease(): () => void {
    this.#leases += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#leases -= 1;
      this.#freeRetired();
    };
  }

  /** Brings parameters up to date before they are read: records what a training still owes to some of them. */
  settle(): void {
    this.#training?.settle();
  }

  /** Notes the training that is on. @throws TabgradError while another one is */
  beginTraining(training: ActiveTraining): void {
    if (this.#training) throw new TabgradError('This model is being trained already.');
    this.#training = training;
    this.#trainingsBegun += 1;
  }

  endTraining(): void {
    this.#training = undefined;
  }

  /** Makes a head; one of that name is freed. @throws ArgumentError, ShapeError as `createHead` */
  setHead(name: string, options: HeadOptions): void {
    const { hiddenSize } = this.folder.repository.encoder;
    const head = createHead(this.engine, name, hiddenSize, options);
    this.#retire(name);
    this.#heads.set(name, head);
  }

  removeHead(name: string): void {
    this.#retire(name);
    this.#heads.delete(name);
  }

  /** Frees the memory of all parameters, for a copy on an engine that lives on. */
  free(): void {
    for (const owner of this.#owners) owner.dispose();
  }

  /** Gives all GPU memory and the device back. A second time it does nothing. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.engine.dispose();
  }

  get #owners(): Parameters[] {
    return [this.parameters, ...[...this.#heads.values()].map(({ parameters }) => parameters)];
  }

  #retire(name: string): void {
    const head = this.#heads.get(name);
    if (head) this.#retired.push(head.parameters);
    this.#freeRetired();
  }

  /** The engine frees everything when the model is disposed of. */
  #freeRetired(): void {
    if (this.#leases > 0 || this.#disposed) return;
    for (const parameters of this.#retired.splice(0)) parameters.dispose();
  }
}
