import { OutOfMemoryError } from '../errors.ts';
import { COPY_DST, COPY_SRC, MAP_READ, STORAGE } from './flags.ts';

/** A GPU buffer with an owner. `id` is unique and never used again, so it can key caches. */
export interface Block {
  readonly id: number;
  readonly buffer: GPUBuffer;
  /** Size of the buffer, at least what was asked for. */
  readonly bytes: number;
}

/** Blocks of a kind share a usage and a pool: results of kernels, data written from outside, data to be read. */
export type BlockKind = 'tensor' | 'input' | 'readback';

/**
 * All GPU memory of an engine. Long-lived blocks are made to measure and destroyed by their owner; the rest comes
 * from a pool in buckets of 1, 1¼, 1½ and 1¾ times a power of two. Of the blocks that wait, the smallest that is large
 * enough is taken, of equals the oldest: what a piece of work gets depends on which are free, not on the order they
 * came back in, so equal work gets equal buffers in equal places, and the bind groups made for them stay right.
 */
export class Buffers {
  readonly #device: GPUDevice;
  /** What waits, by size and then by age. */
  readonly #free: Record<BlockKind, Block[]> = { tensor: [], input: [], readback: [] };
  readonly #live = new Set<Block>();
  #nextId = 0;
  #bytes = 0;
  #liveBytes = 0;
  /** Called when a buffer is destroyed: what was made for it is of no use any more. */
  onDestroy: (() => void) | undefined;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Buffers made since the device was opened. */
  get created(): number {
    return this.#nextId;
  }
  /** Bytes of all buffers that exist, used or waiting. */
  get bytes(): number {
    return this.#bytes;
  }
  get liveBytes(): number {
    return this.#liveBytes;
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
    const block = {
      id: this.#nextId,
      buffer: this.#device.createBuffer({ label, size, usage }),
      bytes: size,
    };
    this.#nextId += 1;
    this.#bytes += size;
    this.#use(block);
    return block;
  }

  /** A block of the pool; its contents are whatever was in it. */
  acquire(bytes: number, kind: BlockKind): Block {
    const size = bucket(bytes);
    const free = this.#free[kind];
    const place = free.findIndex((block) => block.bytes >= size);
    if (place === -1 || free[place]!.bytes > MOST_SLACK * size) {
      return this.allocate(size, usages[kind], `${kind} ${size}`);
    }
    const [waiting] = free.splice(place, 1);
    this.#use(waiting!);
    return waiting!;
  }

  /** Back to the pool. Work already recorded may still use it: later work on the same queue comes after. */
  release(block: Block, kind: BlockKind): void {
    if (!this.#live.delete(block)) return;
    this.#liveBytes -= block.bytes;
    const free = this.#free[kind];
    const place = free.findIndex(
      ({ bytes, id }) => bytes > block.bytes || (bytes === block.bytes && id > block.id),
    );
    free.splice(place === -1 ? free.length : place, 0, block);
  }

  /** Sizes of the blocks that wait. */
  waiting(kind: BlockKind): number[] {
    return this.#free[kind].map(({ bytes }) => bytes);
  }

  /** Has blocks of these sizes wait, so that work whose largest case is known never needs another. */
  reserve(sizes: readonly number[], kind: BlockKind): void {
    for (const block of sizes.map((bytes) => this.acquire(bytes, kind))) this.release(block, kind);
  }

  /** Destroys a block in use; a second time it does nothing. */
  destroy(block: Block): void {
    if (!this.#live.delete(block)) return;
    this.#liveBytes -= block.bytes;
    this.#scrap(block);
  }

  /** Destroys what waits in the pool if it is more than so many bytes. */
  trimAbove(bytes: number): void {
    if (this.#bytes - this.#liveBytes > bytes) this.trim();
  }

  /** Destroys what waits in the pool. */
  trim(): void {
    for (const free of Object.values(this.#free)) for (const block of free.splice(0)) this.#scrap(block);
  }

  /** Destroys everything. */
  dispose(): void {
    this.trim();
    for (const block of [...this.#live]) this.destroy(block);
  }

  #scrap(block: Block): void {
    this.#bytes -= block.bytes;
    block.buffer.destroy();
    this.onDestroy?.();
  }

  #use(block: Block): void {
    this.#live.add(block);
    this.#liveBytes += block.bytes;
  }
}

/** How many times larger than needed a block may be; better a new one than all of a large one for a few numbers. */
const MOST_SLACK = 4;

export const storageUsage = STORAGE | COPY_SRC | COPY_DST;
const usages = { tensor: storageUsage, input: storageUsage, readback: COPY_DST | MAP_READ };

/** The smallest of 1, 1¼, 1½, 1¾ × 2ⁿ that holds `bytes`; 256 at least. */
export function bucket(bytes: number): number {
  if (bytes <= 256) return 256;
  const step = 2 ** (Math.ceil(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / step) * step;
}
