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
 * from a pool in buckets of 1, 1¼, 1½ and 1¾ times a power of two. Of the blocks that wait, the oldest is taken: what
 * a piece of work gets depends on which are free, not on the order they came back in, so equal work gets equal
 * buffers in equal places, and the bind groups made for them stay right.
 */
export class Buffers {
  readonly #device: GPUDevice;
  /** By kind and size, the oldest last. */
  readonly #free = new Map<string, Block[]>();
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
    const waiting = this.#free.get(`${kind} ${size}`)?.pop();
    if (!waiting) return this.allocate(size, usages[kind], `${kind} ${size}`);
    this.#use(waiting);
    return waiting;
  }

  /** Back to the pool. Work already recorded may still use it: later work on the same queue comes after. */
  release(block: Block, kind: BlockKind): void {
    if (!this.#live.delete(block)) return;
    this.#liveBytes -= block.bytes;
    const key = `${kind} ${block.bytes}`;
    const list = this.#free.get(key) ?? [];
    this.#free.set(key, list);
    const place = list.findIndex(({ id }) => id < block.id);
    list.splice(place === -1 ? list.length : place, 0, block);
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
    const waiting = [...this.#free.values()].flat();
    this.#free.clear();
    for (const block of waiting) this.#scrap(block);
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

export const storageUsage = STORAGE | COPY_SRC | COPY_DST;
const usages = { tensor: storageUsage, input: storageUsage, readback: COPY_DST | MAP_READ };

/** The smallest of 1, 1¼, 1½, 1¾ × 2ⁿ that holds `bytes`; 256 at least. */
export function bucket(bytes: number): number {
  if (bytes <= 256) return 256;
  const step = 2 ** (Math.ceil(Math.log2(bytes)) - 3);
  return Math.ceil(bytes / step) * step;
}
