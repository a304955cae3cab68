import { TabgradError } from '../errors.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ModelState } from './state.ts';
import { TensorCopies } from './tensorCopies.ts';

/**
 * The weights of a model as they are when this is made, for reading piece by piece. Of a model in training it holds
 * copies on the GPU. It holds a lease of the model until it is released.
 */
export class WeightsSnapshot {
  readonly #core: ModelState;
  readonly #copies: TensorCopies;
  readonly #trainingsBegun: number;
  readonly #endLease: () => void;
  #reading = false;

  constructor(core: ModelState, tensors: readonly Tensor[]) {
    this.#core = core;
    this.#copies = new TensorCopies(core.engine);
    this.#trainingsBegun = core.trainingsBegun;
    this.#endLease = core.lease();
    try {
      core.settle();
      if (core.isTraining) for (const tensor of tensors) this.#copies.add(tensor, 'saved');
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Reads a tensor's values `from` to before `to`. @throws TabgradError once a training has begun, DeviceLostError */
  async read(tensor: Tensor, from: number, to: number): Promise<Float32Array<ArrayBuffer>> {
    this.#core.checkUsable();
    const { commands } = this.#core.engine;
    const { block, offset } = this.#copies.of(tensor);
    this.#reading = true;
    try {
      const reading = commands.read({ block, offset: offset + 4 * from, bytes: 4 * (to - from) });
      reading.catch(() => {});
      await commands.submit();
      const bytes = await reading;
      this.checkStill();
      return new Float32Array(bytes);
    } finally {
      this.#reading = false;
    }
  }

  /** @throws TabgradError when a training has begun that may have changed weights that were not copied */
  checkStill(): void {
    if (this.#copies.size > 0 || this.#core.trainingsBegun === this.#trainingsBegun) return;
    throw new TabgradError(
      'save(): a training began meanwhile. Save again: the weights are then of one moment.',
    );
  }

  /** Releases the snapshot unless a read is in flight; the reader then releases it. */
  releaseIfIdle(): void {
    if (!this.#reading) this.release();
  }

  /** Ends the lease and frees the copies. A second call does nothing. */
  release(): void {
    this.#endLease();
    if (!this.#core.isDisposed) this.#copies.dispose();
  }
}
