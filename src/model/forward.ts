import { bert } from '../architectures/bert/encoder.ts';
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
import { pause } from '../text/pause.ts';
import type { Pooling } from '../types.ts';
import { batchTokens, promptOf } from './encodeOptions.ts';
import type { ModelCore } from './state.ts';

/** A text as ids, cut if it was too long. */
export interface EncodedText {
  ids: number[];
  truncated: boolean;
}

/** What may wait in the pool after a call: enough for the batches of the next one. */
const POOL_BYTES = 256 * 2 ** 20;

/** How a text becomes ids. */
export interface TokenizeOptions {
  maxLength: number;
  /** Put in front of each text; '' for nothing. */
  prompt: string;
  signal?: AbortSignal;
}

/** The prompt that texts get where none is asked for: those that are embedded, asked the heads about, and trained on. */
export function defaultPrompt({ folder }: ModelCore): string {
  return promptOf({}, folder.repository.prompts);
}

/** Ids of texts; messages, such as a stop, get their turn meanwhile. @throws AbortError */
export async function tokenize(
  core: ModelCore,
  texts: readonly string[],
  { maxLength, prompt, signal }: TokenizeOptions,
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

/** The last hidden state of a batch, [T, H], and where its sequences lie: inside a scope. */
export function forwardBatch(
  core: ModelCore,
  batch: PackedBatch,
  dropout?: Dropout,
): { hidden: Tensor; packed: Packing } {
  const packed = packing(core.engine, batch.cuSeqlens, batch.keyLens);
  return { hidden: bert(core.parameters, core.folder.repository.bert, batch, packed, { dropout }), packed };
}

/** How sentence embeddings are made of a hidden state. */
export interface EmbeddingForm {
  pooling: Pooling;
  normalize: boolean;
  /** Tokens at the beginning of each text that the pooling leaves out. */
  skip: number;
}

/**
 * Tokens that the pooling leaves out for a model whose pooling is not to see the prompt: [CLS] and the prompt's, counted on
 * the prompt alone, as sentence-transformers counts them.
 */
export function promptTokens({ folder }: ModelCore, prompt: string, maxLength: number): number {
  if (folder.repository.includePrompt || prompt === '') return 0;
  return folder.tokenizer.encode(prompt, maxLength).ids.length - 1;
}

/** A batch's embeddings, [B, dimension]: the hidden state pooled, through the Dense layers, of length 1 where that is asked for. */
export function sentenceEmbeddings(
  core: ModelCore,
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

/**
 * Pools each sequence without its first rows. At least the last token, [SEP], is left: a prompt and the text behind it may make
 * fewer tokens together than the prompt alone.
 */
function poolBehind(
  engine: Engine,
  hidden: Tensor,
  { cuSeqlens, keyLens }: PackedBatch,
  pooling: Pooling,
  skip: number,
): Tensor {
  const skipped = keyLens.map((keys) => Math.min(skip, keys - 1));
  // For pooling a sequence is a first row and a count: with padding the count is that of all rows.
  const counts = keyLens.map(
    (keys, b) => (pooling === 'mean-with-padding' ? cuSeqlens[b + 1]! - cuSeqlens[b]! : keys) - skipped[b]!,
  );
  const firsts = cuSeqlens.map((row, b) => row + (skipped[b] ?? 0));
  return pool(hidden, packing(engine, firsts, counts), pooling === 'mean-with-padding' ? 'mean' : pooling);
}

/** Records what is wanted of a batch's hidden state: tensors whose first dimension is the batch's texts. */
export type Compute = (hidden: Tensor, packed: Packing, batch: PackedBatch) => Tensor[];

export interface RunOptions {
  /** Rows that every text gets, for a model that reads padding. */
  padTo?: number;
  signal?: AbortSignal;
  /** Gets the texts done in all, the index of the batch's first text, and what `take` got. */
  onBatch?: (done: number, first: number, results: Float32Array<ArrayBuffer>[]) => void;
}

/**
 * Runs the encoder over texts in batches.
 * @param take gets their numbers, and which text is the batch's first
 * @throws AbortError, DeviceLostError, OutOfMemoryError, GpuError
 */
export async function runBatches(
  core: ModelCore,
  encoded: readonly EncodedText[],
  compute: Compute,
  take: (results: Float32Array<ArrayBuffer>[], first: number) => void,
  { padTo, signal, onBatch }: RunOptions = {},
): Promise<void> {
  const { engine, folder } = core;
  const batches = planBatches(encoded, {
    maxTokens: batchTokens(folder.repository.bert, engine.adapter.isSoftware),
    padTo,
    padId: folder.tokenizer.padId,
  });
  const waiting: Promise<void>[] = [];
  let done = 0;
  const endLease = core.lease();
  try {
    for (const batch of batches) {
      const result = runBatch(core, batch, compute).then((results) => {
        take(results, batch.first);
        // Two batches are under way, and the later may be read first.
        done += batch.count;
        onBatch?.(done, batch.first, results);
      });
      // Where an earlier batch fails, this one's failure is heard by nobody.
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
}

/** Records, submits and reads one batch. */
async function runBatch(
  core: ModelCore,
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
