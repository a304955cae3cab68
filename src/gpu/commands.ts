import { KernelError } from '../errors.ts';
import type { Block, Buffers } from './buffers.ts';
import { COPY_DST, MAP_MODE_READ, UNIFORM } from './flags.ts';
import type { Constants, Kernel, Pipeline, Pipelines } from './kernel.ts';
import { Patience } from './patience.ts';
import type { Profiler } from './profiler.ts';
import { packParams } from './wgsl.ts';

/** A part of a block. `offset` and `bytes` are multiples of 4; a slice that is bound begins at a multiple of 256. */
export interface Slice {
  readonly block: Block;
  readonly offset: number;
  readonly bytes: number;
}

export interface Dispatch {
  /** Memory that the kernel reads and writes, by its binding names. */
  bindings: Readonly<Record<string, Slice>>;
  params?: Readonly<Record<string, number>>;
  constants?: Constants;
  /** Counts in x, y, z. */
  workgroups: readonly [x: number, y?: number, z?: number];
}

interface Step extends Pick<Dispatch, 'workgroups'> {
  name: string;
  pipeline: Pipeline;
  bindGroup: GPUBindGroup;
  /** Offsets in the uniform ring: none for a kernel without parameters. */
  offsets: number[];
}

/** A copy between two buffers. */
interface Copy {
  from: Slice;
  to: Slice;
}

/** A copy to memory of the CPU. */
interface Reading extends Copy {
  resolve: (bytes: ArrayBuffer) => void;
  reject: (reason: unknown) => void;
}

/** The work of one submit: as many steps as the uniform ring has room for. */
interface Chunk {
  items: (Step | Reading | Copy)[];
  params: DataView;
  paramBytes: number;
}

/** Room for the parameters of 512 dispatches at WebGPU's default alignment of 256 bytes. */
const RING_BYTES = 512 * 256;
/** Bind groups kept for later: about a hundred batches of different lengths. */
const MOST_BIND_GROUPS = 4096;

/**
 * Records kernels and readbacks, then hands them to the queue in one command encoder. Recording never waits; `submit`
 * waits for pipelines that are still being compiled, so a first run compiles all of them at once.
 */
export class Commands {
  readonly #device: GPUDevice;
  readonly #buffers: Buffers;
  readonly #pipelines: Pipelines;
  readonly #check: () => void;
  readonly #ring: Block;
  readonly #bindGroups = new Map<string, GPUBindGroup>();
  readonly #patience = new Patience();
  #chunks: Chunk[] = [];
  #releases: (() => void)[] = [];
  #order: Promise<void> = Promise.resolve();
  #unsubmitted = 0;
  bindGroupsCreated = 0;
  dispatches = 0;
  submits = 0;
  /** Measures each kernel while it is set; each kernel then is a pass of its own. */
  profiler: Profiler | undefined;
  /**
   * While it is set, it is called with each kernel in place of recording it, and records those that it wants. Whoever
   * sets it takes it away again before waiting for anything.
   */
  onDispatch: ((kernel: Kernel, dispatch: Dispatch, record: () => void) => void) | undefined;

  /** @param check throws what went wrong on the device since the last call, if anything did */
  constructor(device: GPUDevice, buffers: Buffers, pipelines: Pipelines, check: () => void) {
    this.#device = device;
    this.#buffers = buffers;
    this.#pipelines = pipelines;
    this.#check = check;
    this.#ring = buffers.allocate(RING_BYTES, UNIFORM | COPY_DST, 'uniform ring');
    buffers.onDestroy = () => this.#bindGroups.clear();
  }

  /** Whether all recorded work is submitted: only then may the pool's free buffers be destroyed. */
  get idle(): boolean {
    return this.#chunks.length === 0 && this.#unsubmitted === 0;
  }

  /** Records one kernel. @throws KernelError for an unknown binding, a missing parameter or too many workgroups */
  dispatch(kernel: Kernel, dispatch: Dispatch): void {
    const record = () => this.#record(kernel, dispatch);
    if (this.onDispatch) this.onDispatch(kernel, dispatch, record);
    else record();
  }

  #record(kernel: Kernel, { bindings, params = {}, constants = {}, workgroups }: Dispatch): void {
    const { name } = kernel;
    const limit = this.#device.limits.maxComputeWorkgroupsPerDimension;
    if (!workgroups.every((count = 0) => Number.isInteger(count) && count >= 0 && count <= limit)) {
      const given = workgroups.join(' × ');
      throw new KernelError(`${name}: ${given} workgroups; the limit is ${limit} each way.`, {
        kernel: name,
      });
    }
    if (workgroups.includes(0)) return;
    const pipeline = this.#pipelines.get(kernel, constants, Object.keys(bindings));
    const bindGroup = this.#bindGroup(kernel, pipeline, Object.values(bindings));
    const chunk = this.#chunk(kernel.params.length > 0);
    const offsets: number[] = [];
    if (kernel.params.length > 0) {
      packParams(name, kernel.params, params, chunk.params, chunk.paramBytes);
      offsets.push(chunk.paramBytes);
      chunk.paramBytes += this.#alignment;
    }
    chunk.items.push({ name, pipeline, bindGroup, offsets, workgroups });
    this.dispatches += 1;
  }

  /** Records a readback, in order with the kernels around it. It settles after {@link submit}. */
  read(from: Slice): Promise<ArrayBuffer> {
    const to = { ...from, block: this.#buffers.acquire(from.bytes, 'readback'), offset: 0 };
    return new Promise((resolve, reject) => {
      this.#chunk(false).items.push({ from, to, resolve, reject });
    });
  }

  /** Records a copy of all of `from`, in order with the kernels around it. The two lie in different buffers. */
  copy(from: Slice, to: Slice): void {
    this.#chunk(false).items.push({ from, to });
  }

  /** Writes bytes to a block that no recorded work uses yet; the queue does it before the next submit. */
  write(target: Slice, data: ArrayBufferView<ArrayBuffer>): void {
    const bytes = data.byteLength;
    this.#device.queue.writeBuffer(target.block.buffer, target.offset, data.buffer, data.byteOffset, bytes);
  }

  /** Gives a block back once what is recorded now has been submitted. */
  releaseAfterSubmit(release: () => void): void {
    this.#releases.push(release);
  }

  /**
   * Hands everything recorded so far to the queue. Resolves when it is there, not when it is done. Calls keep their
   * order even where the first waits for a pipeline.
   */
  submit(): Promise<void> {
    const chunks = this.#chunks;
    const releases = this.#releases;
    this.#chunks = [];
    this.#releases = [];
    this.#unsubmitted += 1;
    const submitted = this.#order
      .then(() => this.#submitChunks(chunks))
      .finally(() => {
        this.#unsubmitted -= 1;
        for (const release of releases) release();
      });
    this.#order = submitted.catch((reason) => {
      // Chunks submitted before the failure are no longer in the list; their readbacks settle by themselves.
      for (const item of chunks.flatMap(({ items }) => items)) {
        if (!('reject' in item)) continue;
        this.#buffers.release(item.to.block, 'readback');
        item.reject(reason);
      }
    });
    return submitted;
  }

  /** Submits the chunks one by one; each leaves the list once it is on the queue. */
  async #submitChunks(chunks: Chunk[]): Promise<void> {
    this.#check();
    for (let chunk = chunks[0]; chunk; chunk = chunks[0]) {
      const steps = chunk.items.filter((item) => 'pipeline' in item);
      const pipelines = await Promise.all(steps.map(({ pipeline }) => pipeline.ready));
      const encoder = this.#device.createCommandEncoder({ label: 'tabgrad' });
      this.#encode(encoder, chunk, pipelines);
      this.profiler?.resolve(encoder);
      this.#device.queue.writeBuffer(this.#ring.buffer, 0, chunk.params.buffer, 0, chunk.paramBytes);
      this.#device.queue.submit([encoder.finish()]);
      this.submits += 1;
      chunks.shift();
      const work = this.#patience.begin(steps.map(({ name, workgroups }) => `${name} ${workgroups.join()}`));
      for (const item of chunk.items) if ('resolve' in item) void this.#map(item, work);
    }
  }

  #encode(encoder: GPUCommandEncoder, chunk: Chunk, pipelines: readonly GPUComputePipeline[]): void {
    let pass: GPUComputePassEncoder | undefined;
    const endPass = () => {
      pass?.end();
      pass = undefined;
    };
    let position = 0;
    for (const item of chunk.items) {
      if (!('pipeline' in item)) {
        endPass();
        const { from, to } = item;
        encoder.copyBufferToBuffer(from.block.buffer, from.offset, to.block.buffer, to.offset, from.bytes);
        continue;
      }
      pass ??= encoder.beginComputePass({
        label: this.profiler ? item.name : 'tabgrad',
        timestampWrites: this.profiler?.next(item.name),
      });
      pass.setPipeline(pipelines[position]!);
      pass.setBindGroup(0, item.bindGroup, item.offsets);
      pass.dispatchWorkgroups(...item.workgroups);
      position += 1;
      if (this.profiler) endPass();
    }
    endPass();
  }

  async #map({ to, resolve, reject }: Reading, work: ReturnType<Patience['begin']>): Promise<void> {
    const { buffer } = to.block;
    try {
      await work.wait();
      await buffer.mapAsync(MAP_MODE_READ, 0, to.bytes);
      work.end();
      const bytes = buffer.getMappedRange(0, to.bytes).slice(0);
      buffer.unmap();
      this.#buffers.release(to.block, 'readback');
      this.#check();
      resolve(bytes);
    } catch (reason) {
      this.#buffers.destroy(to.block);
      // A lost device, most often, whose own report may come a moment later.
      await new Promise((resolve) => setTimeout(resolve));
      try {
        this.#check();
        reject(reason);
      } catch (better) {
        reject(better);
      }
    }
  }

  #chunk(needsParams: boolean): Chunk {
    const last = this.#chunks.at(-1);
    if (last && !(needsParams && last.paramBytes + this.#alignment > RING_BYTES)) return last;
    const chunk = { items: [], params: new DataView(new ArrayBuffer(RING_BYTES)), paramBytes: 0 };
    this.#chunks.push(chunk);
    return chunk;
  }

  get #alignment(): number {
    return this.#device.limits.minUniformBufferOffsetAlignment;
  }

  #bindGroup(kernel: Kernel, pipeline: Pipeline, slices: readonly Slice[]): GPUBindGroup {
    const key = `${pipeline.id} ${slices.map(({ block, offset, bytes }) => `${block.id}:${offset}:${bytes}`).join()}`;
    const known = this.#bindGroups.get(key);
    if (known) return known;
    const entries: GPUBindGroupEntry[] = slices.map(({ block, offset, bytes }, position) => ({
      binding: pipeline.slots[position]!,
      resource: { buffer: block.buffer, offset, size: bytes },
    }));
    if (kernel.params.length > 0) {
      const size = Math.ceil((4 * kernel.params.length) / 16) * 16;
      entries.push({ binding: 0, resource: { buffer: this.#ring.buffer, offset: 0, size } });
    }
    const group = this.#device.createBindGroup({ label: kernel.name, layout: pipeline.layout, entries });
    // Batches of ever new lengths would make ever more of them.
    if (this.#bindGroups.size >= MOST_BIND_GROUPS) this.#bindGroups.clear();
    this.#bindGroups.set(key, group);
    this.bindGroupsCreated += 1;
    return group;
  }
}
