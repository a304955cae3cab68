import { type Block, storageUsage } from '../gpu/buffers.ts';
import type { Slice } from '../gpu/commands.ts';
import type { Engine } from '../gpu/engine.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Copies of tensors on the GPU, for a reader that takes its time. */
export class TensorCopies {
  readonly #engine: Engine;
  readonly #copies = new Map<Tensor, Block>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get size(): number {
    return this.#copies.size;
  }

  add(tensor: Tensor, label: string): void {
    const bytes = 4 * tensor.size;
    const block = this.#engine.buffers.allocate(bytes, storageUsage, label);
    this.#copies.set(tensor, block);
    this.#engine.commands.copy({ ...tensor.slice, bytes }, { block, offset: 0, bytes });
  }

  /** The tensor's values: in its copy, or in its own memory where it has none. */
  of(tensor: Tensor): Slice {
    const block = this.#copies.get(tensor);
    return { ...(block ? { block, offset: 0 } : tensor.slice), bytes: 4 * tensor.size };
  }

  /** A second call does nothing. */
  dispose(): void {
    if (this.size === 0) return;
    const { commands, buffers } = this.#engine;
    // Recorded work that is not yet submitted may still use the copies.
    for (const block of this.#copies.values()) commands.releaseAfterSubmit(() => buffers.destroy(block));
    commands.submit().catch(() => {});
    this.#copies.clear();
  }
}
