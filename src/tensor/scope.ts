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
 * Scopes own tensors: what is made inside goes back to the pool at the end, but for what the body returns, which
 * passes to the scope around. A scope's body records work and does not wait, so scopes nest like calls.
 */
interface Scopes {
  stack: Set<Owned>[];
  /** Operations recorded for a backward pass so far: what a scope recorded needs its tensors later. */
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
  const { stack } = scopes;
  const { recorded } = scopes;
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

/** Notes that the backward pass will come back to what the open scope holds: it goes to the outermost one. */
export function keepForBackward(engine: Engine): void {
  scopesOf(engine).recorded += 1;
}

/** Puts a new tensor into the open scope. @throws TabgradError when none is open: its memory would have no owner */
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
 * Gives a tensor's memory back to the pool. Recorded work may still read it: whatever gets the memory next runs
 * later. Data written from this side overtakes recorded work, so its memory waits for the submit. A second time it
 * does nothing.
 */
export function release(tensor: Owned): void {
  const { engine, slice, kind } = tensor;
  if (kind === undefined || released.has(tensor)) return;
  released.add(tensor);
  if (kind === 'input') engine.commands.releaseAfterSubmit(() => engine.buffers.release(slice.block, kind));
  else engine.buffers.release(slice.block, kind);
}
