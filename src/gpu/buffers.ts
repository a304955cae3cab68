import { OutOfMemoryError } from '../errors.ts';
import { COPY_DST, COPY_SRC, MAP_READ, STORAGE } from './flags.ts';

/** A GPU buffer with an owner. Its `id` is never given to another, so caches can be keyed by it. */
export interface Block {
  readonly id: number;
  readonly buffer: GPUBuffer;
  /** Size of the buffer, at least what was asked for. */
  readonly bytes: number;
}

/** Each kind has a usage and a pool: results of kernels, data that the CPU writes, data that it reads. */
export type BlockKind = 'tensor' | 'input' | 'readback';

/**
 * All GPU memory of an engine. Long-lived blocks have the size that was asked for and are destroyed by their owner.
 * The rest comes from a pool, in sizes of 1, 1¼, 1½ and 1¾ times a power of two. The pool gives the smallest free
 * block that is large enough, and the oldest of equal ones. So what work gets does not depend on the order in which
 * blocks came back: equal work gets equal buffers, and finds the bind groups that were made for them.
 */
export class Buffers {
  readonly #device: GPUDevice;
  /** Free blocks, sorted by size and then by age. */
  readonly #free: Record<BlockKind, Block[]> = { tensor: [], input: [], readback: [] };
  readonly #live = new Set<Block>();
  /** Buffers made since the device was opened. */
  created = 0;
  /** Bytes of all buffers that exist, in use or free. */
  bytes = 0;
  liveBytes = 0;
  /** Called when a buffer is destroyed, so that bind groups of it can be dropped. */
  onDestroy: (() => void) | undefined;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  get liveBuffers(): number {
    return this.#live.size;
  }

  /** A block that its owner keeps and gives back with {@link destroy}. */
  allocate(bytes: number, usage: GPUBufferUsageFlags, label: string): Block {
    const size = Math.max(16, Math.ceil(bytes / 16) * 16);
    const limit = this.#device.limits.maxBufferSize;
    if (size > limit) {
      throw new OutOfMemoryError(
        `${label}: ${size} bytes asked for, this adapter's largest buffer has ${limit}. Use a smaller batch or model.`,
        { bytes: size },
      );
    }
    const buffer = this.#device.createBuffer({ label, size, usage });
    const block = { id: this.created, buffer, bytes: size };
    this.created += 1;
    this.bytes += size;
    return this.#use(block);
  }

  /** Takes a block from the pool; its contents are whatever was in it. */
  acquire(bytes: number, kind: BlockKind): Block {
    const size = bucket(bytes);
    const free = this.#free[kind];
    const position = free.findIndex((block) => block.bytes >= size);
    if (position === -1 || free[position]!.bytes > MOST_SLACK * size) {
      return this.allocate(size, usages[kind], `${kind} ${size}`);
    }
    return this.#use(free.splice(position, 1)[0]!);
  }

  /** Gives a block back to the pool. Recorded work may still use it: what gets it next runs later on the queue. */
  release(block: Block, kind: BlockKind): void {
    if (!this.#live.delete(block)) return;
    this.liveBytes -= block.bytes;
    const free = this.#free[kind];
    const position = free.findIndex(
      ({ bytes, id }) => bytes > block.bytes || (bytes === block.bytes && id > block.id),
    );
    free.splice(position === -1 ? free.length : position, 0, block);
  }

  waiting(kind: BlockKind): number[] {
    return this.#free[kind].map(({ bytes }) => bytes);
  }

  /** Makes sure that the pool has a free block for each of these sizes, so that work of known sizes creates none. */
  reserve(sizes: readonly number[], kind: BlockKind): void {
    for (const block of sizes.map((bytes) => this.acquire(bytes, kind))) this.release(block, kind);
  }

  /** Destroys a block in use; a second time it does nothing. */
  destroy(block: Block): void {
    if (!this.#live.delete(block)) return;
    this.liveBytes -= block.bytes;
    this.#scrap(block);
  }

  /** Destroys the pool's free blocks if they are more than so many bytes. */
  trim(above = 0): void {
    if (this.bytes - this.liveBytes <= above) return;
    for (const free of Object.values(this.#free)) for (const block of free.splice(0)) this.#scrap(block);
  }

  dispose(): void {
    this.trim();
    for (const block of [...this.#live]) this.destroy(block);
  }

  #scrap(block: Block): void {
    this.bytes -= block.bytes;
    block.buffer.destroy();
    this.onDestroy?.();
  }

  #use(block: Block): Block {
    this.#live.add(block);
    this.liveBytes += block.bytes;
    return block;
  }
}

/** A block may be so many times larger than needed: a few numbers do not take a large block. */
const MOST_SLACK = 4;

export const storageUsage = STORAGE | COPY_SRC | COPY_DST;
const usages = { tensor: storageUsage, input: storageUsage, readback: COPY_DST | MAP_READ };

/** The smallest of 1, 1¼, 1½, 1¾ × 2ⁿ that holds `bytes`; 256 at least. */
export function bucket(bytes: number): number {
  if (bytes <= 256) return 256;
  const step = 2 ** (Math.ceil(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / step) * step;
}
