import type { Dispatch } from '../gpu/commands.ts';
import type { Engine } from '../gpu/engine.ts';
import type { Constants, Kernel } from '../gpu/kernel.ts';
import { Dropout, type DropoutUse } from '../ops/dropout.ts';
import { type Packing, packing } from '../ops/packing.ts';
import { backward, type Leaf, record, withTape } from '../tensor/autograd.ts';
import { scope } from '../tensor/scope.ts';
import { type Shape, sizeOf } from '../tensor/shape.ts';
import { bytesOf, empty, fromData, type Tensor, view } from '../tensor/tensor.ts';
import { differenceFrom } from './sketch.ts';
import type { StoredCase } from './stored.ts';

/** Tolerance of a kernel that rounds each number once at most: the stored number is rounded too. */
export const EXACT = 2.5e-7;

/** One kernel with one set of constants. */
export interface KernelCase {
  /** The stored case with its inputs and results. */
  stored: string;
  /** Whether embedding needs the kernel, or only training and heads do. */
  part: 'embed' | 'train';
  /** Name of the kernel under test; 'gemm' stands for 'gemm.tile' and all other variants of the family. */
  kernel: string;
  /** Tells the case from others of the kernel in the report. */
  variant?: string;
  /** Constants that tell the kernel from others of its name in the same work. */
  constants?: Constants;
  /** Inputs or numbers by binding, in place of what other kernels would have left there. */
  given?: Readonly<Record<string, string | readonly number[]>>;
  /** Stored results by binding, which are compared with what the kernel leaves there. */
  results: Readonly<Record<string, string>>;
  /** Numbers at the beginning of a result that are not compared. */
  skip?: number;
  /** The result is the sum of so many numbers: how they are shared out depends on the adapter. */
  summed?: number;
  /** At most ten times what adapters were seen to differ by. */
  tolerance: number;
  /** Calls the op that the kernel belongs to; no other kernel of it runs. */
  record(bench: Bench): void;
}

/** The mask of the stored results: rate, seed and stream as in scripts/fixtures/selfTest.py. */
export const dropout: DropoutUse = new Dropout(0.25, 0x5eed, 7).next()!;

/** Sets a case up: makes tensors of its stored inputs, in the open scope. */
export class Bench {
  readonly engine: Engine;
  readonly stored: StoredCase;
  readonly #tensors = new Map<string, Tensor>();
  /** Called once the case's work is done. */
  readonly cleanups: (() => void)[] = [];

  constructor(engine: Engine, stored: StoredCase) {
    this.engine = engine;
    this.stored = stored;
  }

  /** A stored input; the same tensor each time. */
  tensor(name: string): Tensor {
    const known = this.#tensors.get(name);
    if (known) return known;
    const { data, shape } = this.stored.input(name);
    const tensor = fromData(this.engine, data, shape);
    this.#tensors.set(name, tensor);
    return tensor;
  }

  /** Several stored inputs, by their names. */
  tensors<Name extends string>(...names: readonly Name[]): Record<Name, Tensor> {
    return Object.fromEntries(names.map((name) => [name, this.tensor(name)])) as Record<Name, Tensor>;
  }

  unsigned(name: string): Uint32Array<ArrayBuffer> {
    return Uint32Array.from(this.stored.integers(name));
  }

  packing(): Packing {
    return packing(this.engine, this.unsigned('cuSeqlens'), this.unsigned('keyLens'));
  }

  /** A stored input as a parameter, and memory for its gradient. */
  parameter(name: string, adds = false): [Tensor, Leaf] {
    const tensor = this.tensor(name);
    return [tensor, this.leaf(tensor.shape, adds)];
  }

  /** Memory for a gradient. @param adds whether it holds something that the op adds to */
  leaf(shape: Shape, adds = false): Leaf {
    return { gradient: empty(this.engine, shape), written: adds };
  }

  /**
   * Records work with a tape open, then its backward pass. @param leaves parameters, and where their gradients go
   * @param body makes activations that want a gradient by the function it gets; returns outputs with gradients
   */
  backward(
    leaves: readonly (readonly [Tensor, Leaf])[],
    body: (track: (x: Tensor) => Tensor) => readonly (readonly [Tensor, Tensor])[],
  ): void {
    const { engine } = this;
    // An activation wants a gradient because it depends on something trainable.
    const anchor = empty(engine, [4]);
    const all = new Map([...leaves, [anchor, this.leaf([4])] as const]);
    withTape(engine, all, () => {
      const roots = body((x) => record(view(engine, x.slice, x.shape), [anchor], () => {}));
      backward(engine, roots);
    });
  }
}

/** Records a case's one kernel and the reading of its results; undefined where the engine uses no such kernel. */
export function recordCase(
  test: KernelCase,
  bench: Bench,
): { name: string; difference: Promise<number> } | undefined {
  const { engine } = bench;
  const { commands } = engine;
  let recorded: ReturnType<typeof recordCase>;
  try {
    scope(engine, () => {
      commands.onDispatch = (kernel, dispatch, record) => {
        if (recorded || !isMeant(test, kernel, dispatch)) return;
        give(test, bench, dispatch);
        record();
        const name = test.variant ? `${kernel.name} (${test.variant})` : kernel.name;
        recorded = { name, difference: compare(test, bench, dispatch) };
        // A caller that stops before it reads the difference need not handle its failure.
        recorded.difference.catch(() => {});
      };
      test.record(bench);
    });
  } finally {
    commands.onDispatch = undefined;
  }
  return recorded;
}

function isMeant(
  { kernel: wanted, constants = {} }: KernelCase,
  kernel: Kernel,
  dispatch: Dispatch,
): boolean {
  if (kernel.name !== wanted && !kernel.name.startsWith(`${wanted}.`)) return false;
  return Object.entries(constants).every(([name, value]) => dispatch.constants?.[name] === value);
}

function give({ given = {} }: KernelCase, bench: Bench, { bindings }: Dispatch): void {
  const { engine } = bench;
  for (const [binding, input] of Object.entries(given)) {
    const tensor =
      typeof input === 'string' ? bench.tensor(input) : fromData(engine, Float32Array.from(input));
    const bytes = 4 * tensor.size;
    engine.commands.copy({ ...tensor.slice, bytes }, { ...bindings[binding]!, bytes });
  }
}

async function compare(
  { results, skip = 0, summed }: KernelCase,
  { engine, stored }: Bench,
  { bindings }: Dispatch,
): Promise<number> {
  const differences = Object.entries(results).map(async ([binding, name]) => {
    const result = stored.result(name);
    const count = summed ?? sizeOf(result.shape);
    const bytes = await engine.commands.read({ ...bindings[binding]!, bytes: bytesOf([skip + count]) });
    const values = new Float32Array(bytes, 4 * skip, count);
    return differenceFrom(result, summed ? Float32Array.of(values.reduce((a, b) => a + b, 0)) : values);
  });
  return Math.max(...(await Promise.all(differences)));
}
