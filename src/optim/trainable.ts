import clearSource from '../../shaders/clear.wgsl?raw';
import { TabgradError } from '../errors.ts';
import { type Block, storageUsage } from '../gpu/buffers.ts';
import type { Slice } from '../gpu/commands.ts';
import type { Engine } from '../gpu/engine.ts';
import { kernel } from '../gpu/kernel.ts';
import { sizeOf } from '../tensor/shape.ts';
import { bytesOf, type Tensor, view } from '../tensor/tensor.ts';
import {
  type ArenaLayout,
  type Batch,
  BLOCK,
  cutIntoParts,
  layOut,
  type TrainableParameter,
} from './arena.ts';

const clear = kernel('optim.clear', clearSource, 'clear');

/** WebGPU's default limit of workgroups in one dimension. Kernels over longer lists stride by their number. */
export const MOST_WORKGROUPS = 65_535;

/** The work of one dispatch of the optimizer: parts of one buffer of parameters and one block of the arena. */
export interface PartList extends Pick<Batch, 'block' | 'aligned'> {
  readonly page: Slice;
  readonly count: number;
  /** [count, 4], uint32. */
  readonly parts: Slice;
}

export interface CompactMatrix {
  readonly index: number;
  readonly page: Slice;
  /** Offset in the page, in floats. */
  readonly start: number;
  readonly rows: number;
  readonly width: number;
  /** A bit for each row, set where the row is trained, as uint32. */
  readonly used: Slice;
}

/**
 * Gradients and moments of the parameters that are trained. Each lie in an arena of a few large blocks, laid out
 * alike, so that work over all of them takes a handful of dispatches. The padding between gradients is zero.
 */
export class Trainable {
  readonly engine: Engine;
  /** In the order given; an index of a parameter is one in this list. */
  readonly names: readonly string[];
  readonly gradientBlocks: readonly Slice[];
  readonly lists: readonly PartList[];
  readonly compact: readonly CompactMatrix[];
  /** [norm, clipping coefficient, 1 if finite, 1 once a gradient was not finite] of the last step. */
  readonly status: Tensor;
  /** [parameters]: which part of a row that only decays is gone: 1 − ∏ (1 − rate · decay). */
  readonly shrinkage: Tensor;
  readonly #layout: ArenaLayout;
  readonly #indices: ReadonlyMap<string, number>;
  readonly #blocks: Block[] = [];
  #moments: { m: Slice[]; v: Slice[] } | undefined;

  /**
   * @param blockFloats most floats of a block, but for a parameter that is larger
   * @throws ArgumentError for no parameters, one name twice, or rows that are not the ascending rows of a matrix
   */
  constructor(engine: Engine, parameters: readonly TrainableParameter[], blockFloats = BLOCK) {
    this.engine = engine;
    this.names = parameters.map(({ name }) => name);
    this.#layout = layOut(parameters, blockFloats);
    this.#indices = new Map(this.names.map((name, index) => [name, index]));
    this.gradientBlocks = this.#arena('gradients');
    this.lists = cutIntoParts(parameters, this.#layout).map(({ page, block, aligned, parts }) => {
      const table = this.#table(Uint32Array.from(parts), 'optimizer parts');
      return { page: whole(page), block, aligned, count: parts.length / 4, parts: table };
    });
    this.compact = parameters.flatMap(({ tensor, rows: trained }, index) => {
      if (!trained) return [];
      const [rows, width] = tensor.shape as [number, number];
      const bits = new Uint32Array(Math.ceil(rows / 32));
      for (const row of trained) bits[row >>> 5]! |= 1 << (row & 31);
      const { block, offset } = tensor.slice;
      const used = this.#table(bits, 'rows in use');
      return [{ index, page: whole(block), start: offset / 4, rows, width, used }];
    });
    this.status = this.#floats(4, 'gradient norm');
    this.shrinkage = this.#floats(parameters.length, 'decay of unused rows');
  }

  /** Both moments are allocated at the first step. */
  get bytes(): { gradients: number; moments: number } {
    const gradients = this.#layout.blocks.reduce((sum, bytes) => sum + bytes, 0);
    return { gradients, moments: 2 * gradients };
  }

  has(name: string): boolean {
    return this.#indices.has(name);
  }

  /** @throws TabgradError for a parameter that is not trained */
  index(name: string): number {
    const index = this.#indices.get(name);
    if (index === undefined) {
      throw new TabgradError(`"${name}" is not trained: it has no gradient.`, { parameter: name });
    }
    return index;
  }

  /**
   * A parameter's gradient, without rows that are not trained. It can be read; a neighbour's that does not begin at a
   * multiple of 256 bytes cannot be bound: use {@link joinedGradient}.
   */
  gradient(name: string): Tensor {
    return this.joinedGradient([name]);
  }

  /** Gradients of neighbours as one. @throws TabgradError unless they are trained and lie one after the other */
  joinedGradient(names: readonly string[]): Tensor {
    const places = names.map((name) => this.#layout.places[this.index(name)]!);
    const [first] = places;
    const width = first!.shape.slice(1);
    let end = first!.offset;
    let rows = 0;
    for (const { block, offset, shape } of places) {
      if (block !== first!.block || offset !== end || shape.slice(1).join() !== width.join()) {
        throw new TabgradError(`The gradients of ${names.join(', ')} do not lie one after the other.`);
      }
      end += sizeOf(shape);
      rows += shape[0] ?? 1;
    }
    const shape = names.length === 1 ? first!.shape : [rows, ...width];
    const { block } = this.gradientBlocks[first!.block]!;
    return view(this.engine, { block, offset: 4 * first!.offset, bytes: bytesOf(shape) }, shape);
  }

  /** The blocks of both moments. They are allocated, as zeros, when they are first asked for. */
  moments(): { m: readonly Slice[]; v: readonly Slice[] } {
    this.#moments ??= { m: this.#arena('first moments'), v: this.#arena('second moments') };
    return this.#moments;
  }

  /** A parameter's first or second moment, in the shape of its gradient. It can be read and written, not bound. */
  moment(kind: 'm' | 'v', name: string): Tensor {
    const { block: place, offset, shape } = this.#layout.places[this.index(name)]!;
    const { block } = this.moments()[kind][place]!;
    return view(this.engine, { block, offset: 4 * offset, bytes: 4 * sizeOf(shape) }, shape);
  }

  dispose(): void {
    for (const block of this.#blocks) this.engine.buffers.destroy(block);
    this.#blocks.length = 0;
  }

  #arena(label: string): Slice[] {
    return this.#layout.blocks.map((bytes, i) => whole(this.#allocate(bytes, `${label} ${i}`)));
  }

  #table(numbers: Uint32Array<ArrayBuffer>, label: string): Slice {
    const slice = whole(this.#allocate(numbers.byteLength, label));
    this.engine.commands.write(slice, numbers);
    return slice;
  }

  #floats(count: number, label: string): Tensor {
    return view(this.engine, whole(this.#allocate(4 * count, label)), [count]);
  }

  #allocate(bytes: number, label: string): Block {
    const block = this.engine.buffers.allocate(bytes, storageUsage, label);
    this.#blocks.push(block);
    return block;
  }
}

export function clearSlice(engine: Engine, slice: Slice): void {
  const workgroups = Math.min(MOST_WORKGROUPS, Math.ceil(slice.bytes / 16 / 64));
  engine.commands.dispatch(clear, { bindings: { y: slice }, workgroups: [workgroups] });
}

function whole(block: Block): Slice {
  return { block, offset: 0, bytes: block.bytes };
}
