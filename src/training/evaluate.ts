import type { ModelCore } from '../core.ts';
import { headLogits } from '../nn/heads.ts';
import { runBatches } from '../running.ts';
import type { EvaluationEvent } from './events.ts';
import { likeliest, score } from './metrics.ts';
import type { TokenizedExample } from './vocabulary.ts';

/**
 * Losses, accuracy and macro F1 of the tasks that have labels, on examples that are not trained on.
 * @throws AbortError, DeviceLostError, OutOfMemoryError, GpuError
 */
export async function evaluate(
  core: ModelCore,
  examples: readonly TokenizedExample[],
  tasks: readonly string[],
  step: number,
  signal?: AbortSignal,
): Promise<EvaluationEvent> {
  const told = tasks.filter((task) => examples.some(({ labels }) => labels[task] !== undefined));
  const heads = told.map((task) => core.heads.get(task)!);
  const logits = heads.map(({ labels }) => new Float32Array(examples.length * labels.length));
  const encoded = examples.map(({ ids }) => ({ ids, truncated: false }));
  await runBatches(
    core,
    encoded,
    (hidden, packed) => headLogits(heads, hidden, packed),
    (rows, first) => {
      for (const [h, values] of rows.entries()) logits[h]!.set(values, first * heads[h]!.labels.length);
    },
    { signal },
  );

  const scores = heads.map(({ name, labels }, h) => {
    const classes = labels.length;
    const truth = Int32Array.from(examples, ({ labels }) => labels[name] ?? -1);
    const result = score(likeliest({ data: logits[h]!, shape: [examples.length, classes] }), truth, classes);
    return { name, loss: crossEntropy(logits[h]!, truth, classes), ...result };
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
  };
}

/** Mean over the labelled rows, of which there are some. */
function crossEntropy(logits: Float32Array, truth: Int32Array, classes: number): number {
  let sum = 0;
  let count = 0;
  truth.forEach((label, row) => {
    if (label === -1) return;
    const values = logits.subarray(row * classes, (row + 1) * classes);
    const highest = Math.max(...values);
    sum += highest - values[label]! + Math.log(values.reduce((total, x) => total + Math.exp(x - highest), 0));
    count += 1;
  });
  return sum / count;
}
