import { TabgradError } from '../errors.ts';
import { type Block, storageUsage } from '../gpu/buffers.ts';
import type { Engine } from '../gpu/engine.ts';
import { type Shape, sizeOf } from '../tensor/shape.ts';
import { bytesOf, expectCount, type Tensor, view } from '../tensor/tensor.ts';

/** A parameter by its name in the checkpoint; its shape and the order of its values are PyTorch's. */
export interface ParameterSpec {
  name: string;
  shape: Shape;
}

/** Parameters whose values lie one after the other, so that they can also be used as one. */
export type ParameterRun = readonly ParameterSpec[];

/** Offsets at which a part of a buffer can be bound, in bytes: WebGPU's default minStorageBufferOffsetAlignment. */
const ALIGNMENT = 256;
/** Most bytes of a buffer: WebGPU's default for one binding. Only a parameter that is larger has a larger buffer. */
const PAGE_BYTES = 128 * 2 ** 20;

/**
 * The parameters of a model on the GPU, in a few large buffers, so that work over all of them takes few dispatches.
 */
export class Parameters {
  readonly engine: Engine;
  /** As they were given, for a copy. */
  readonly runs: readonly ParameterRun[];
  readonly #tensors = new Map<string, Tensor>();
  readonly #joined = new Map<string, Tensor>();
  readonly #pages: Block[] = [];

  constructor(engine: Engine, runs: readonly ParameterRun[]) {
    this.engine = engine;
    this.runs = runs;
    const pages: { places: (ParameterSpec & { offset: number })[]; bytes: number }[] = [];
    for (const run of runs) {
      const size = run.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
      const bytes = Math.ceil(size / ALIGNMENT) * ALIGNMENT;
      if (pages.length === 0 || pages.at(-1)!.bytes + bytes > PAGE_BYTES)
        pages.push({ places: [], bytes: 0 });
      const page = pages.at(-1)!;
      let offset = page.bytes;
      for (const spec of run) {
        page.places.push({ ...spec, offset });
        offset += 4 * sizeOf(spec.shape);
      }
      page.bytes += bytes;
    }
    for (const { places, bytes } of pages) {
      const block = engine.buffers.allocate(bytes, storageUsage, `parameters ${this.#pages.length}`);
      this.#pages.push(block);
      for (const { name, shape, offset } of places) {
        this.#tensors.set(name, view(engine, { block, offset, bytes: 4 * sizeOf(shape) }, shape));
      }
    }
  }

  get names(): string[] {
    return [...this.#tensors.keys()];
  }

  /** Number of values of all parameters. */
  get count(): number {
    return [...this.#tensors.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** @throws TabgradError for a name that is not there */
  get(name: string): Tensor {
    const tensor = this.#tensors.get(name);
    if (!tensor) throw new TabgradError(`The model has no parameter "${name}".`, { parameter: name });
    return tensor;
  }

  /** Neighbouring parameters as one tensor, their first dimensions added up; the same tensor for the same names. */
  joined(names: readonly string[]): Tensor {
    const key = names.join();
    const known = this.#joined.get(key);
    if (known) return known;
    const parts = names.map((name) => this.get(name));
    const [first, ...others] = parts;
    const rows = parts.reduce((sum, { shape }) => sum + shape[0]!, 0);
    const shape = [rows, ...first!.shape.slice(1)];
    let end = first!.slice.offset + 4 * first!.size;
    for (const { slice, size } of others) {
      if (slice.block !== first!.slice.block || slice.offset !== end) {
        throw new TabgradError(`${names.join(', ')} do not lie one after the other.`);
      }
      end += 4 * size;
    }
    const tensor = view(this.engine, { ...first!.slice, bytes: bytesOf(shape) }, shape);
    this.#joined.set(key, tensor);
    return tensor;
  }

  /** Writes all values of a parameter, in PyTorch's order. @throws ShapeError unless they are as many as it has */
  write(name: string, data: Float32Array<ArrayBuffer>): void {
    const { slice, shape } = this.get(name);
    expectCount(name, data, shape);
    this.engine.commands.write(slice, data);
  }

  dispose(): void {
    for (const page of this.#pages) this.engine.buffers.destroy(page);
    this.#pages.length = 0;
    this.#tensors.clear();
    this.#joined.clear();
  }
}
