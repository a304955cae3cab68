import type { ModelCore } from '../../model/state.ts';
import { Updates } from '../batches/updates.ts';
import { type TokenizedExample, usedTokens } from '../batches/vocabulary.ts';
import { evaluate } from '../evaluation/evaluate.ts';
import type { Recipe } from '../options/recipe.ts';
import { Run, type Update } from '../step/run.ts';
import { blankCopy, copyWeights } from './modelCopy.ts';
import { dryRun } from './plan.ts';

/** How long a run takes. */
export interface TrainingTime {
  /** Of an update of middling size. */
  stepSeconds: number;
  /** Of the whole run, evaluations included; stopped early it is shorter. */
  seconds: number;
}

/** What is shorter is timed again, over several updates one after the other. Seconds. */
const SHORT = 0.15;
/** About as long as these take together. Seconds. */
const ENOUGH = 0.3;
const MOST_UPDATES = 16;

/**
 * Times updates and an evaluation on a copy of the model, which is thrown away: of the model only the weights are read.
 * @param expectGoing throws what ends the measuring
 * @throws what `expectGoing` throws; AbortError, DeviceLostError, OutOfMemoryError, GpuError
 */
export async function measure(
  core: ModelCore,
  recipe: Recipe,
  training: readonly TokenizedExample[],
  heldOut: readonly TokenizedExample[],
  { expectGoing, signal }: { expectGoing: () => void; signal?: AbortSignal },
): Promise<TrainingTime> {
  const { engine } = core;
  const { options, heads } = recipe;
  const updates = new Updates(options);
  const update = updates.middling(training);
  const vocabulary = usedTokens(training);
  // Says what is wrong before anything is allocated.
  dryRun(core, recipe, vocabulary, update);
  const copy = blankCopy(core, heads, engine);
  let run: Run | undefined;
  try {
    run = new Run(copy, recipe, vocabulary, updates.total);
    const stepSeconds = await timeUpdates(core, copy, run, recipe, update, expectGoing);
    const tokens = tokensOf(update.flat());
    let seconds = (stepSeconds / tokens) * options.epochs * tokensOf(training);
    if (heldOut.length > 0) {
      const some = upTo(tokens, heldOut);
      const perToken = (await timeEvaluation(copy, recipe, some, signal)) / tokensOf(some);
      seconds += perToken * updates.evaluations * tokensOf(heldOut);
    }
    return { stepSeconds, seconds };
  } finally {
    try {
      // What a failure left recorded may not outlive its buffers.
      if (!core.isDisposed) await engine.commands.submit();
    } finally {
      run?.dispose();
      copy.free();
      engine.trim();
    }
  }
}

/** Seconds of an update, once everything is compiled. */
async function timeUpdates(
  core: ModelCore,
  copy: ModelCore,
  run: Run,
  recipe: Recipe,
  update: readonly (readonly TokenizedExample[])[],
  expectGoing: () => void,
): Promise<number> {
  let step = 0;
  // As in a run: the next is recorded while one computes.
  const time = async (count: number): Promise<number> => {
    const since = performance.now();
    let underWay: Promise<void> | undefined;
    try {
      for (let i = 0; i < count; i += 1) {
        expectGoing();
        step += 1;
        const next = everythingRead(run.update(update, step, 1));
        await copy.engine.commands.submit();
        await underWay;
        underWay = next;
      }
    } finally {
      await underWay;
    }
    expectGoing();
    return (performance.now() - since) / 1000 / count;
  };
  copyWeights(core, copy, recipe.heads);
  await time(1);
  const once = await time(1);
  return once > SHORT ? once : time(Math.min(MOST_UPDATES, Math.ceil(ENOUGH / once)));
}

/** Resolves when what an update gives has been read. */
function everythingRead({ status, losses }: Update): Promise<void> {
  const read = Promise.all([status, ...losses.map(({ loss }) => loss)]).then(() => {});
  // Heard by whoever waits for it, if the update gets that far.
  read.catch(() => {});
  return read;
}

/** Seconds. Its kernels are those of the updates and of `encode`: they are compiled. */
async function timeEvaluation(
  copy: ModelCore,
  { options: { tasks, details } }: Recipe,
  examples: readonly TokenizedExample[],
  signal: AbortSignal | undefined,
): Promise<number> {
  const once = async () => {
    const since = performance.now();
    await evaluate(copy, examples, tasks, { step: 0, details, signal });
    return (performance.now() - since) / 1000;
  };
  const first = await once();
  return first > SHORT ? first : once();
}

/** As many examples as have so many tokens. */
function upTo(tokens: number, examples: readonly TokenizedExample[]): TokenizedExample[] {
  let left = tokens;
  const end = examples.findIndex(({ ids }) => {
    left -= ids.length;
    return left <= 0;
  });
  return end === -1 ? [...examples] : examples.slice(0, end + 1);
}

function tokensOf(examples: readonly TokenizedExample[]): number {
  return examples.reduce((sum, { ids }) => sum + ids.length, 0);
}
