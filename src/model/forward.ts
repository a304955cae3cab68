import { throwIfAborted } from '../errors.ts';
import type { Engine } from '../gpu/engine.ts';
import { dense } from '../nn/dense.ts';
import type { Dropout } from '../ops/dropout.ts';
import { normalize } from '../ops/normalize.ts';
import { type Packing, packing } from '../ops/packing.ts';
import { pool } from '../ops/pooling.ts';
import { scope } from '../tensor/scope.ts';
import { type Tensor, toFloats } from '../tensor/tensor.ts';
import { type PackedBatch, planBatches } from '../text/batch.ts';
import type { TokenizeOptions } from '../text/countTokens.ts';
import { pause } from '../text/pause.ts';
import type { EncodedText } from '../text/tokenizer.ts';
import type { Pooling } from '../types.ts';
import { batchTokens, promptOf } from './encodeOptions.ts';
import type { ModelState } from './state.ts';

/** Bytes that the buffer pool may keep after a call: enough for the batches of the next call. */
const POOL_BYTES = 256 * 2 ** 20;

/** The prompt that `encode`, `predict` and training put in front of a text when the caller asks for none. */
export function defaultPrompt({ folder }: ModelState): string {
  return promptOf({}, folder.repository.prompts);
}

/** Tokenizes texts. It yields to other tasks now and then, so that a stop is heard. @throws AbortError */
export async function tokenize(
  core: ModelState,
  texts: readonly string[],
  { maxLength, prompt = '', signal }: TokenizeOptions,
): Promise<EncodedText[]> {
  const breathe = pause();
  const encoded: EncodedText[] = [];
  for (const text of texts) {
    encoded.push(core.folder.tokenizer.encode(prompt + text, maxLength));
    await breathe();
    throwIfAborted(signal);
  }
  return encoded;
}

/** Records the encoder's forward pass in the open scope. @returns the last hidden state, [T, H], and its sequences */
export function forwardBatch(
  core: ModelState,
  batch: PackedBatch,
  dropout?: Dropout,
): { hidden: Tensor; packed: Packing } {
  const packed = packing(core.engine, batch.cuSeqlens, batch.keyLens);
  const { encoder } = core.folder.repository;
  return { hidden: encoder.forward(core.parameters, batch, packed, dropout), packed };
}

/** How a hidden state becomes sentence embeddings. */
export interface EmbeddingForm {
  pooling: Pooling;
  normalize: boolean;
  /** Tokens at the beginning of each text that the pooling leaves out. */
  skip: number;
}

/**
 * Tokens that the pooling leaves out where the model ignores the prompt, as sentence-transformers counts them:
 * [CLS] and those of the prompt alone.
 */
export function promptTokens({ folder }: ModelState, prompt: string, maxLength: number): number {
  if (folder.repository.includePrompt || prompt === '') return 0;
  return folder.tokenizer.encode(prompt, maxLength).ids.length - 1;
}

/** Pools the hidden state, applies the Dense layers, normalizes if asked. @returns embeddings, [B, dimension] */
export function sentenceEmbeddings(
  core: ModelState,
  hidden: Tensor,
  packed: Packing,
  batch: PackedBatch,
  { pooling, normalize: unit, skip }: EmbeddingForm,
): Tensor {
  const pooled =
    skip === 0 ? pool(hidden, packed, pooling) : poolBehind(core.engine, hidden, batch, pooling, skip);
  const vectors = dense(pooled, core.dense);
  return unit ? normalize(vectors) : vectors;
}

/** Pools each sequence without its first `skip` rows; one that is not longer keeps its last row, [SEP]. */
function poolBehind(
  engine: Engine,
  hidden: Tensor,
  { cuSeqlens, keyLens }: PackedBatch,
  pooling: Pooling,
  skip: number,
): Tensor {
  const skipped = keyLens.map((keys) => Math.min(skip, keys - 1));
  // Pooling sees a sequence as a first row and a count of rows; 'mean-with-padding' counts the padding's rows too.
  const counts = keyLens.map(
    (keys, b) => (pooling === 'mean-with-padding' ? cuSeqlens[b + 1]! - cuSeqlens[b]! : keys) - skipped[b]!,
  );
  const firsts = cuSeqlens.map((row, b) => row + (skipped[b] ?? 0));
  return pool(hidden, packing(engine, firsts, counts), pooling === 'mean-with-padding' ? 'mean' : pooling);
}

/** Records what the caller wants from a batch's hidden state. @returns tensors with one row a text */
export type Compute = (hidden: Tensor, packed: Packing, batch: PackedBatch) => Tensor[];

export interface RunOptions {
  /** Rows that every text gets at least, for a pooling that reads padding. */
  padTo?: number;
  /** Called with a batch's results, the index of its first text, and the number of texts done so far. */
  onBatch?: (results: Float32Array<ArrayBuffer>[], first: number, done: number) => void;
  signal?: AbortSignal;
}

/**
 * Runs the encoder over texts in batches.
 * @param widths length of a row of each tensor that `compute` makes
 * @returns the rows of all texts, [texts, width] of each
 */
export async function runBatches(
  core: ModelState,
  encoded: readonly { readonly ids: readonly number[] }[],
  widths: readonly number[],
  compute: Compute,
  { padTo, onBatch, signal }: RunOptions = {},
): Promise<Float32Array<ArrayBuffer>[]> {
  const { engine, folder } = core;
  const batches = planBatches(encoded, {
    maxTokens: batchTokens(folder.repository.encoder, engine.adapter.isSoftware),
    padTo,
    padId: folder.tokenizer.padId,
  });
  const results = widths.map((width) => new Float32Array(encoded.length * width));
  const waiting: Promise<void>[] = [];
  let done = 0;
  const endLease = core.lease();
  try {
    for (const batch of batches) {
      const result = runBatch(core, batch, compute).then((rows) => {
        for (const [i, values] of rows.entries()) results[i]!.set(values, batch.first * widths[i]!);
        // Two batches are in flight, and the later one may be read first.
        done += batch.count;
        onBatch?.(rows, batch.first, done);
      });
      // When an earlier batch fails, nobody awaits this one.
      result.catch(() => {});
      waiting.push(result);
      // One batch computes while the next is recorded; more would only delay a stop.
      if (waiting.length > 1) await waiting.shift();
      throwIfAborted(signal);
      core.checkUsable();
    }
    await Promise.all(waiting);
  } finally {
    endLease();
  }
  engine.trim(POOL_BYTES);
  return results;
}

async function runBatch(
  core: ModelState,
  batch: PackedBatch,
  compute: Compute,
): Promise<Float32Array<ArrayBuffer>[]> {
  const { engine } = core;
  core.settle();
  const readings = scope(engine, () => {
    const { hidden, packed } = forwardBatch(core, batch);
    return Promise.all(compute(hidden, packed, batch).map(toFloats));
  });
  readings.catch(() => {});
  await engine.commands.submit();
  return readings;
}
