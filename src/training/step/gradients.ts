import { type Block, storageUsage } from '../../gpu/buffers.ts';
import type { Slice } from '../../gpu/commands.ts';
import type { ModelState } from '../../model/state.ts';
import { allowsCompact } from '../../optim/adam.ts';
import type { TrainableParameter } from '../../optim/arena.ts';
import { clearSlice, type Trainable } from '../../optim/trainable.ts';
import type { Leaf } from '../../tensor/autograd.ts';
import { bytesOf, type Tensor, view } from '../../tensor/tensor.ts';
import type { Rates } from '../options/rates.ts';

/** Those of the parameters that train; of the word table only the rows in use, where that is exact. */
export function trainedOf<P extends { name: string }>(
  parameters: readonly P[],
  { folder }: ModelState,
  { settings, kind }: Pick<Rates, 'settings' | 'kind'>,
  vocabulary: Uint32Array<ArrayBuffer>,
): (P & Pick<TrainableParameter, 'rows'>)[] {
  const { wordTable } = folder.repository.encoder;
  return parameters.flatMap((parameter) => {
    const { rate, weightDecay } = settings.get(parameter.name)!;
    if (rate === null) return [];
    const isCompact = parameter.name === wordTable && allowsCompact(kind, weightDecay);
    return [{ ...parameter, rows: isCompact ? vocabulary : undefined }];
  });
}

/**
 * Where the backward pass writes: a leaf for each trained parameter, and one for those that an op uses as one
 * (queries, keys and values). Where only some of such a group train, the group's gradient goes to a place of its own,
 * and the parts that train are copied from there.
 */
export class Gradients {
  readonly leaves = new Map<Tensor, Leaf>();
  readonly #names = new Map<Leaf, readonly string[]>();
  readonly #trainable: Trainable;
  readonly #core: ModelState;
  readonly #copies: { from: Slice; to: Slice }[] = [];
  readonly #blocks: Block[] = [];

  constructor(core: ModelState, trainable: Trainable, parameters: readonly TrainableParameter[]) {
    this.#core = core;
    this.#trainable = trainable;
    const groups = core.folder.repository.encoder.joined;
    const inGroup = new Set(groups.flat());
    for (const { name, tensor, rows } of parameters) {
      if (inGroup.has(name)) continue;
      const places = rows && new Map([...rows].map((row, i) => [row, i]));
      this.#add(tensor, [name], { gradient: trainable.gradient(name), written: false, rows: places });
    }
    for (const names of groups) {
      const trained = names.filter((name) => trainable.has(name));
      if (trained.length === 0) continue;
      const joined = core.parameters.joined(names);
      const whole = trained.length === names.length;
      const gradient = whole ? trainable.joinedGradient(names) : this.#aside(joined, names);
      this.#add(joined, trained, { gradient, written: false });
    }
  }

  /** The next backward pass writes; until then passes add. */
  startUpdate(): void {
    for (const leaf of this.leaves.values()) leaf.written = false;
  }

  /**
   * Records what is left to do between the backward pass and the optimizer. @returns names of parameters that no batch
   * of the update gave a gradient, such as a head without a label: it is 0 now
   */
  finish(): string[] {
    const { engine } = this.#core;
    for (const { from, to } of this.#copies) engine.commands.copy(from, to);
    const idle = [...this.#names].flatMap(([leaf, names]) => (leaf.written ? [] : names));
    for (const name of idle) clearSlice(engine, this.#trainable.gradient(name).slice);
    return idle;
  }

  dispose(): void {
    for (const block of this.#blocks) this.#core.engine.buffers.destroy(block);
    this.#blocks.length = 0;
  }

  #add(tensor: Tensor, names: readonly string[], leaf: Leaf): void {
    this.leaves.set(tensor, leaf);
    this.#names.set(leaf, names);
  }

  #aside(joined: Tensor, names: readonly string[]): Tensor {
    const { engine } = this.#core;
    const block = engine.buffers.allocate(bytesOf(joined.shape), storageUsage, 'gradients of a group');
    this.#blocks.push(block);
    let offset = 0;
    for (const name of names) {
      const bytes = 4 * this.#core.parameters.get(name).size;
      if (this.#trainable.has(name)) {
        const to = this.#trainable.gradient(name).slice;
        this.#copies.push({ from: { block, offset, bytes }, to: { ...to, bytes } });
      }
      offset += bytes;
    }
    return view(engine, { block, offset: 0, bytes: block.bytes }, joined.shape);
  }
}
