import { defaultPrompt, promptTokens, runBatches, sentenceEmbeddings } from '../../model/forward.ts';
import type { ModelCore } from '../../model/state.ts';
import { type Head, headLogits } from '../../nn/heads.ts';
import type { TokenizedExample } from '../batches/vocabulary.ts';
import type { EvaluationEvent, HeldOut } from '../events.ts';
import { likeliest, score } from './metrics.ts';
import { crossEntropy, softmaxRows } from './probabilities.ts';

export interface EvaluateOptions {
  /** Updates so far. */
  step: number;
  /** Whether to tell what the model says of each text. */
  details: boolean;
  signal?: AbortSignal;
}

/**
 * Losses, accuracy and macro F1 of the tasks that have labels, on examples that are not trained on.
 * @throws AbortError, DeviceLostError, OutOfMemoryError, GpuError
 */
export async function evaluate(
  core: ModelCore,
  examples: readonly TokenizedExample[],
  tasks: readonly string[],
  { step, details, signal }: EvaluateOptions,
): Promise<EvaluationEvent> {
  const isTold = (task: string) => examples.some(({ labels }) => labels[task] !== undefined);
  const heads = tasks.filter((task) => details || isTold(task)).map((task) => core.heads.get(task)!);
  const { logits, embeddings } = await runHeads(core, examples, heads, details, signal);

  const scores = heads.flatMap(({ name, labels: { length: classes } }, h) => {
    if (!isTold(name)) return [];
    const truth = Int32Array.from(examples, ({ labels }) => labels[name] ?? -1);
    const result = score(likeliest({ data: logits[h]!, shape: [examples.length, classes] }), truth, classes);
    return [{ name, loss: crossEntropy(logits[h]!, truth, classes), ...result }];
  });
  // Not by assignment: a head may be called '__proto__'.
  const byTask = (value: (score: (typeof scores)[number]) => number) =>
    Object.fromEntries(scores.map((score) => [score.name, value(score)]));
  return {
    type: 'evaluation',
    step,
    losses: byTask(({ loss }) => loss),
    accuracy: byTask(({ accuracy }) => accuracy),
    macroF1: byTask(({ macroF1 }) => macroF1),
    ...(embeddings && { heldOut: heldOut(core, examples, heads, logits, embeddings) }),
  };
}

/**
 * One pass over the examples.
 * @returns logits of each head, [n, C], and the sentence embeddings, [n, dimension], if they are asked for
 */
async function runHeads(
  core: ModelCore,
  examples: readonly TokenizedExample[],
  heads: readonly Head[],
  withEmbeddings: boolean,
  signal: AbortSignal | undefined,
): Promise<{ logits: Float32Array<ArrayBuffer>[]; embeddings?: Float32Array<ArrayBuffer> }> {
  const { repository } = core.folder;
  const { pooling, normalize, maxLength } = repository;
  const form = { pooling, normalize, skip: promptTokens(core, defaultPrompt(core), maxLength) };
  const widths = [
    ...heads.map(({ labels }) => labels.length),
    ...(withEmbeddings ? [repository.dimension] : []),
  ];
  const results = widths.map((width) => new Float32Array(examples.length * width));
  await runBatches(
    core,
    examples.map(({ ids }) => ({ ids, truncated: false })),
    (hidden, packed, batch) => {
      const logits = headLogits(heads, hidden, packed);
      if (!withEmbeddings) return logits;
      return [...logits, sentenceEmbeddings(core, hidden, packed, batch, form)];
    },
    (rows, first) => {
      for (const [i, values] of rows.entries()) results[i]!.set(values, first * widths[i]!);
    },
    { signal },
  );
  return { logits: results.slice(0, heads.length), embeddings: results[heads.length] };
}

function heldOut(
  core: ModelCore,
  examples: readonly TokenizedExample[],
  heads: readonly Head[],
  logits: readonly Float32Array<ArrayBuffer>[],
  embeddings: Float32Array<ArrayBuffer>,
): HeldOut {
  const count = examples.length;
  return {
    examples: examples.map(({ index }) => index),
    probabilities: Object.fromEntries(
      heads.map(({ name, labels: { length: classes } }, h) => [
        name,
        { data: softmaxRows(logits[h]!, classes), shape: [count, classes] },
      ]),
    ),
    embeddings: { data: embeddings, shape: [count, core.folder.repository.dimension] },
  };
}
