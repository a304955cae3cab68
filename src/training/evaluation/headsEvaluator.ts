import { runBatches } from '../../model/forward.ts';
import type { ModelState } from '../../model/state.ts';
import { type Head, headLogits } from '../../nn/heads.ts';
import { sequencesOf, type TokenizedExample } from '../batches/tokenizedExample.ts';
import type { HeldOut } from '../events.ts';
import { embedder } from '../step/embed.ts';
import type { Evaluator } from './evaluator.ts';
import { headMetrics, metricsOf } from './headMetrics.ts';
import { likeliest, score } from './metrics.ts';
import { crossEntropy, softmaxRows } from './probabilities.ts';

/** Loss, accuracy and macro F1 of the heads of these names, over the texts that have a label for them. */
export function headsEvaluator(tasks: readonly string[]): Evaluator {
  return {
    metrics: headMetrics,
    primaryMetric: 'loss',
    async evaluate(core, examples, { step, details, signal }) {
      const isTold = (task: string) => examples.some(({ targets }) => targets[task] !== undefined);
      const heads = tasks.filter((task) => details || isTold(task)).map((task) => core.heads.get(task)!);
      const { logits, embeddings } = await runHeads(core, examples, heads, details, signal);

      const scores = heads.flatMap(({ name, labels: { length: classes } }, h) => {
        if (!isTold(name)) return [];
        const truth = Int32Array.from(examples, ({ targets }) => targets[name] ?? -1);
        const result = score(
          likeliest({ data: logits[h]!, shape: [examples.length, classes] }),
          truth,
          classes,
        );
        return [{ name, loss: crossEntropy(logits[h]!, truth, classes), ...result }];
      });
      // Not by assignment: a head may be called '__proto__'.
      const byTask = (value: (score: (typeof scores)[number]) => number) =>
        Object.fromEntries(scores.map((score) => [score.name, value(score)]));
      const numbers = {
        losses: byTask(({ loss }) => loss),
        accuracy: byTask(({ accuracy }) => accuracy),
        macroF1: byTask(({ macroF1 }) => macroF1),
      };
      return {
        type: 'evaluation',
        step,
        ...numbers,
        metrics: metricsOf(numbers),
        ...(embeddings && { heldOut: heldOut(core, examples, heads, logits, embeddings) }),
      };
    },
  };
}

/** One pass. @returns logits of each head, [n, C], and sentence embeddings, [n, dimension], if they are asked for */
async function runHeads(
  core: ModelState,
  examples: readonly TokenizedExample[],
  heads: readonly Head[],
  withEmbeddings: boolean,
  signal: AbortSignal | undefined,
): Promise<{ logits: Float32Array<ArrayBuffer>[]; embeddings?: Float32Array<ArrayBuffer> }> {
  const embed = embedder(core);
  const widths = heads.map(({ labels }) => labels.length);
  if (withEmbeddings) widths.push(core.folder.repository.dimension);
  const results = await runBatches(
    core,
    sequencesOf(examples, ['text']),
    widths,
    (hidden, packed, batch) => {
      const logits = headLogits(heads, hidden, packed);
      return withEmbeddings ? [...logits, embed(hidden, packed, batch)] : logits;
    },
    { signal },
  );
  return { logits: results.slice(0, heads.length), embeddings: results[heads.length] };
}

function heldOut(
  core: ModelState,
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
