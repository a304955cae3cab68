import { TabgradError } from '../errors.ts';
import { type Block, storageUsage } from '../gpu/buffers.ts';
import type { Slice } from '../gpu/commands.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ModelState } from './state.ts';

/**
 * The weights of a model as they are when this is made, for reading piece by piece. Of a model in training it holds
 * copies on the GPU. It holds a lease of the model until it is released.
 */
export class WeightsSnapshot {
  readonly #core: ModelState;
  readonly #copies = new Map<Tensor, Block>();
  readonly #trainingsBegun: number;
  readonly #endLease: () => void;
  #reading = false;
  #isOver = false;

  constructor(core: ModelState, tensors: readonly Tensor[]) {
    this.#core = core;
    this.#trainingsBegun = core.trainingsBegun;
    this.#endLease = core.lease();
    try {
      core.settle();
      if (core.isTraining) for (const tensor of tensors) this.#copy(tensor);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /**
   * Reads the values of a tensor from index `from` to before index `to`.
   * @throws TabgradError once a training has begun, DeviceLostError, GpuError
   */
  async read(tensor: Tensor, from: number, to: number): Promise<Float32Array<ArrayBuffer>> {
    this.#core.checkUsable();
    const { commands } = this.#core.engine;
    const copy = this.#copies.get(tensor);
    const { block, offset }: Pick<Slice, 'block' | 'offset'> = copy
      ? { block: copy, offset: 0 }
      : tensor.slice;
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
    if (this.#isOver) return;
    this.#isOver = true;
    const { engine, isDisposed } = this.#core;
    this.#endLease();
    if (isDisposed || this.#copies.size === 0) return;
    for (const block of this.#copies.values()) {
      // Recorded work that is not yet submitted may still use the copy.
      engine.commands.releaseAfterSubmit(() => engine.buffers.destroy(block));
    }
    engine.commands.submit().catch(() => {});
  }

  #copy(tensor: Tensor): void {
    const { buffers, commands } = this.#core.engine;
    const { bytes } = tensor.slice;
    const block = buffers.allocate(bytes, storageUsage, 'saved');
    this.#copies.set(tensor, block);
    commands.copy(tensor.slice, { block, offset: 0, bytes });
  }
}
