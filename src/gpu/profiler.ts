import type { Block, Buffers } from './buffers.ts';
import { COPY_SRC, MAP_MODE_READ, QUERY_RESOLVE } from './flags.ts';

/** Most kernels in one profile: a query set has at most 4,096 entries, and a kernel takes two. */
const MOST = 2048;

/** Times kernels with the adapter's own clock (the `timestamp-query` feature). */
export class Profiler {
  readonly #buffers: Buffers;
  readonly #queries: GPUQuerySet;
  readonly #names: string[] = [];
  #resolved: { ticks: Block; copy: Block } | undefined;

  constructor(device: GPUDevice, buffers: Buffers) {
    this.#buffers = buffers;
    this.#queries = device.createQuerySet({ label: 'profile', type: 'timestamp', count: 2 * MOST });
  }

  /** Where the next pass writes when it begins and ends; undefined once the profile is full. */
  next(name: string): GPUComputePassTimestampWrites | undefined {
    const position = this.#names.length;
    if (position === MOST) return undefined;
    this.#names.push(name);
    return {
      querySet: this.#queries,
      beginningOfPassWriteIndex: 2 * position,
      endOfPassWriteIndex: 2 * position + 1,
    };
  }

  resolve(encoder: GPUCommandEncoder): void {
    const count = 2 * this.#names.length;
    if (count === 0) return;
    this.#free();
    const ticks = this.#buffers.allocate(8 * count, QUERY_RESOLVE | COPY_SRC, 'profile ticks');
    const copy = this.#buffers.acquire(8 * count, 'readback');
    encoder.resolveQuerySet(this.#queries, 0, count, ticks.buffer, 0);
    encoder.copyBufferToBuffer(ticks.buffer, 0, copy.buffer, 0, 8 * count);
    this.#resolved = { ticks, copy };
  }

  /** Milliseconds and calls of each kernel, the longest first. Call it once, after the work is submitted. */
  async results(): Promise<{ name: string; calls: number; milliseconds: number }[]> {
    if (!this.#resolved) return [];
    const { buffer } = this.#resolved.copy;
    await buffer.mapAsync(MAP_MODE_READ);
    const ticks = new BigUint64Array(buffer.getMappedRange().slice(0));
    buffer.unmap();
    this.#free();
    this.#queries.destroy();
    const rows = new Map<string, { name: string; calls: number; milliseconds: number }>();
    this.#names.forEach((name, position) => {
      const row = rows.get(name) ?? { name, calls: 0, milliseconds: 0 };
      row.calls += 1;
      row.milliseconds += Number(ticks[2 * position + 1]! - ticks[2 * position]!) / 1e6;
      rows.set(name, row);
    });
    return [...rows.values()].sort((a, b) => b.milliseconds - a.milliseconds);
  }

  /** Frees what an earlier submit resolved: each submit resolves the whole profile. */
  #free(): void {
    if (!this.#resolved) return;
    this.#buffers.destroy(this.#resolved.ticks);
    this.#buffers.release(this.#resolved.copy, 'readback');
    this.#resolved = undefined;
  }
}
