import { TabgradError } from '../errors.ts';
import type { BlockKind } from '../gpu/buffers.ts';
import type { Slice } from '../gpu/commands.ts';
import type { Engine } from '../gpu/engine.ts';

/** Memory on the GPU that a scope can own. */
export interface Owned {
  readonly engine: Engine;
  readonly slice: Slice;
  /** The pool that the memory goes back to; undefined where it belongs to somebody else. */
  readonly kind: BlockKind | undefined;
}

/**
 * The open scopes of an engine. A scope owns the tensors that are made inside; at its end they go back to the pool,
 * but for those that its body returns, which the scope around gets. A body records work and does not wait, so scopes
 * nest like calls.
 */
interface Scopes {
  stack: Set<Owned>[];
  /** Ops recorded for a backward pass so far. A scope in which this grew keeps its tensors for that pass. */
  recorded: number;
}

const allScopes = new WeakMap<Engine, Scopes>();
/** Tensors whose memory was given back. A second release must not free it: another tensor may have it by then. */
const released = new WeakSet<Owned>();

function scopesOf(engine: Engine): Scopes {
  const scopes = allScopes.get(engine) ?? { stack: [], recorded: 0 };
  allScopes.set(engine, scopes);
  return scopes;
}

/**
 * Runs `body` and gives back every tensor made in it but its result (a tensor, or an array of them). Without a
 * scope around, the result belongs to the caller, who gives it back with {@link release}. Where operations were
 * recorded for a backward pass, the scope around gets everything.
 */
export function scope<T>(engine: Engine, body: () => T): T {
  const scopes = scopesOf(engine);
  const { stack, recorded } = scopes;
  const owned = new Set<Owned>();
  stack.push(owned);
  try {
    const result = body();
    for (const value of Array.isArray(result) ? result : [result]) {
      if (owned.delete(value)) stack.at(-2)?.add(value);
    }
    const around = stack.at(-2);
    if (around && scopes.recorded > recorded) {
      for (const tensor of owned) around.add(tensor);
      owned.clear();
    }
    return result;
  } finally {
    stack.pop();
    for (const tensor of owned) release(tensor);
  }
}

/** Says that the backward pass needs the tensors of the open scope: they go to the outermost one. */
export function keepForBackward(engine: Engine): void {
  scopesOf(engine).recorded += 1;
}

/** Puts a new tensor into the open scope. @throws TabgradError where none is open: nobody would own its memory */
export function own<T extends Owned>(tensor: T): T {
  const open = scopesOf(tensor.engine).stack.at(-1);
  if (!open) {
    release(tensor);
    throw new TabgradError('A tensor was made outside any scope(): nobody would give its memory back.');
  }
  open.add(tensor);
  return tensor;
}

/** Gives a tensor's memory back before its scope ends. A tensor that no open scope owns is left alone. */
export function discard(tensor: Owned): void {
  for (const owned of scopesOf(tensor.engine).stack) if (owned.delete(tensor)) release(tensor);
}

/**
 * Gives a tensor's memory back to the pool; a second call does nothing. Recorded work may still read it, since what
 * gets the memory next runs later. Data that the CPU writes overtakes recorded work, so memory for such data waits
 * for the submit.
 */
export function release(tensor: Owned): void {
  const { engine, slice, kind } = tensor;
  if (kind === undefined || released.has(tensor)) return;
  released.add(tensor);
  if (kind === 'input') engine.commands.releaseAfterSubmit(() => engine.buffers.release(slice.block, kind));
  else engine.buffers.release(slice.block, kind);
}
