import { TabgradError } from '../errors.ts';
import type { Engine } from '../gpu/engine.ts';
import { discard, keepForBackward } from './scope.ts';
import type { Tensor } from './tensor.ts';

/**
 * Reverse-mode differentiation. While a tape is open, an op that depends on something trainable records a closure.
 * `backward` runs the closures from the last to the first; each adds to its inputs' gradients, given its output's.
 * What depends on nothing trainable is not recorded, so below the lowest trainable parameter nothing is computed.
 * Without a tape nothing is recorded at all.
 */

/** A trainable parameter's gradient during an update. */
export interface Leaf {
  /** Where the gradient is written; it outlives the update. */
  readonly gradient: Tensor;
  /** Whether this update has written to it: the next contribution is added. */
  written: boolean;
  /** Maps a parameter's row to the gradient's, where the gradient holds only some of the rows. */
  readonly rows?: ReadonlyMap<number, number>;
}

type Backward = (dOut: Tensor) => void;

interface Tape {
  readonly leaves: ReadonlyMap<Tensor, Leaf>;
  readonly tracked: Set<Tensor>;
  readonly entries: { output: Tensor; backward: Backward }[];
  readonly gradients: Map<Tensor, Tensor>;
  /** Counts who holds each gradient: behind a residual one tensor is the gradient of several. */
  readonly shares: Map<Tensor, number>;
  /** Work for the end of the backward pass. */
  readonly last: (() => void)[];
}

const tapes = new WeakMap<Engine, Tape>();

/**
 * Opens a tape for `body`, which computes a loss and calls {@link backward}.
 * @param leaves trainable parameters, and where their gradients go
 */
export function withTape<T>(engine: Engine, leaves: ReadonlyMap<Tensor, Leaf>, body: () => T): T {
  if (tapes.has(engine)) throw new TabgradError('A tape is open already; finish its step first.');
  const last: Tape['last'] = [];
  const tracked = new Set<Tensor>();
  tapes.set(engine, { leaves, tracked, entries: [], gradients: new Map(), shares: new Map(), last });
  try {
    return body();
  } finally {
    // An error may have left work for the end of the backward pass; the next tape must not find what ops keep for it.
    for (const work of last) work();
    tapes.delete(engine);
  }
}

/** Whether a gradient with respect to `x` is wanted. */
export function needsGradient(x: Tensor): boolean {
  const tape = tapes.get(x.engine);
  return tape !== undefined && (tape.leaves.has(x) || tape.tracked.has(x));
}

/** Records how an output's gradient reaches `inputs`, if any of them wants one. @returns the output */
export function record(output: Tensor, inputs: readonly Tensor[], backward: Backward): Tensor {
  const tape = tapes.get(output.engine);
  if (tape && inputs.some(needsGradient)) {
    tape.tracked.add(output);
    tape.entries.push({ output, backward });
    keepForBackward(output.engine);
  }
  return output;
}

/**
 * Begins a graph at a tensor that no op of this tape made.
 * @param take gets its gradient during `backward`, unless nothing depends on the tensor
 */
export function watch(x: Tensor, take: Backward): void {
  const tape = tapes.get(x.engine);
  tape?.tracked.add(x);
  tape?.entries.push({ output: x, backward: take });
}

/**
 * Adds to the gradient of an op's input, unless nobody wants it.
 * @param contribute gets what other consumers of `x` have added so far, and returns a tensor with its own part added
 *   to that; it must not write into what it gets, which others may share
 */
export function addGradient(x: Tensor, contribute: (sum: Tensor | undefined) => Tensor): void {
  const tape = tapes.get(x.engine);
  if (!tape?.tracked.has(x)) return;
  const before = tape.gradients.get(x);
  const after = contribute(before);
  hold(after);
  tape.gradients.set(x, after);
  if (before) letGo(before);
}

/** The gradient of a parameter, for an op to write, and whether to add to what is in it. */
export interface WantedGradient {
  gradient: Tensor;
  accumulate: boolean;
}

/** The gradient that an op is to write for a parameter; undefined where the parameter is frozen. */
export function gradientToWrite(parameter: Tensor): WantedGradient | undefined {
  const leaf = leafOf(parameter);
  if (!leaf) return undefined;
  const { gradient, written: accumulate } = leaf;
  leaf.written = true;
  return { gradient, accumulate };
}

/** The leaf of a trainable parameter; undefined where the parameter is frozen. */
export function leafOf(parameter: Tensor): Leaf | undefined {
  return tapes.get(parameter.engine)?.leaves.get(parameter);
}

/** Has work done at the end of `backward`, such as a sum over what several ops left. */
export function atEnd(engine: Engine, work: () => void): void {
  tapes.get(engine)?.last.push(work);
}

/**
 * Computes all gradients.
 * @param roots outputs with their gradients, each output once: a loss's own are computed beside it
 */
export function backward(
  engine: Engine,
  roots: readonly (readonly [output: Tensor, gradient: Tensor])[],
): void {
  const tape = tapes.get(engine);
  if (!tape) throw new TabgradError('backward() needs an open tape: call it inside withTape().');
  for (const [output, gradient] of roots) {
    if (tape.gradients.has(output)) throw new TabgradError('backward(): an output is among the roots twice.');
    addGradient(output, () => gradient);
  }
  for (const { output, backward } of tape.entries.reverse()) {
    const dOut = tape.gradients.get(output);
    if (!dOut) continue;
    backward(dOut);
    tape.gradients.delete(output);
    letGo(dOut);
  }
  tape.entries.length = 0;
  for (const work of tape.last.splice(0)) work();
}

/** Keeps a gradient while somebody still reads it; {@link letGo} ends that. */
export function hold(gradient: Tensor): void {
  const shares = tapes.get(gradient.engine)?.shares;
  shares?.set(gradient, (shares.get(gradient) ?? 0) + 1);
}

/** Ends a {@link hold}. A gradient that nobody holds gives its memory back at once: the backward pass takes most. */
export function letGo(gradient: Tensor): void {
  const shares = tapes.get(gradient.engine)?.shares;
  if (!shares) return;
  const left = shares.get(gradient)! - 1;
  shares.set(gradient, left);
  if (left === 0) discard(gradient);
}
