import type { Engine } from '../../gpu/engine.ts';
import type { ModelState } from '../../model/state.ts';
import { type TokenizedExample, tokensOf, usedTokens } from '../batches/tokenizedExample.ts';
import { Updates } from '../batches/updates.ts';
import type { Recipe } from '../options/recipe.ts';
import { Run } from '../step/run.ts';
import { blankCopy, copyWeights } from './modelCopy.ts';
import { dryRun } from './plan.ts';

/** The time that a run takes, as measured on this adapter. */
export interface TrainingTime {
  /** Seconds of an update of middling size. */
  stepSeconds: number;
  /** Seconds of the whole run, evaluations included. A run that is stopped early takes less. */
  seconds: number;
}

/** Seconds. Work that takes less is timed again, an update over several in a row. */
const SHORT = 0.15;
/** Seconds that these several updates take together, about. */
const ENOUGH = 0.3;
const MOST_UPDATES = 16;

/**
 * Times updates and an evaluation on a copy of the model, which is thrown away. The model's weights are only read.
 * @param throwIfEnded throws what ends the measuring
 */
export async function measure(
  core: ModelState,
  recipe: Recipe,
  training: readonly TokenizedExample[],
  heldOut: readonly TokenizedExample[],
  { throwIfEnded, signal }: { throwIfEnded: () => void; signal?: AbortSignal },
): Promise<TrainingTime> {
  const { engine } = core;
  const { epochs, evaluator, details } = recipe.options;
  const updates = new Updates(recipe.options);
  const update = updates.middling(training);
  const vocabulary = usedTokens(training);
  // Options that do not work throw here, before anything is allocated.
  dryRun(core, recipe, vocabulary, update);
  const copy = blankCopy(core, recipe.heads, engine);
  let run: Run | undefined;
  try {
    run = new Run(copy, recipe, vocabulary, updates.total);
    copyWeights(core, copy, recipe.heads);
    const stepSeconds = await timeUpdates(engine, run, update, throwIfEnded);
    const tokens = tokensOf(update.flat());
    let seconds = (stepSeconds / tokens) * epochs * tokensOf(training);
    if (heldOut.length > 0) {
      const some = upTo(tokens, heldOut);
      // It takes less than an update, unless a kernel is compiled for it or the machine is busy with something else.
      const evaluate = () => secondsOf(() => evaluator.evaluate(copy, some, { step: 0, details, signal }));
      const first = await evaluate();
      const isTypical = first > SHORT && first < 2 * stepSeconds;
      const perToken = (isTypical ? first : Math.min(first, await evaluate())) / tokensOf(some);
      seconds += perToken * updates.evaluations * tokensOf(heldOut);
    }
    return { stepSeconds, seconds };
  } finally {
    try {
      // Work that a failure left recorded may not outlive its buffers.
      if (!core.isDisposed) await engine.commands.submit();
    } finally {
      run?.dispose();
      copy.free();
      engine.trim();
    }
  }
}

/** Times updates once everything is compiled. @returns seconds of one */
async function timeUpdates(
  engine: Engine,
  run: Run,
  update: readonly (readonly TokenizedExample[])[],
  throwIfEnded: () => void,
): Promise<number> {
  let step = 0;
  // As in a run the next update is recorded while one computes.
  const takeSteps = async (count: number): Promise<void> => {
    let underWay: Promise<unknown> | undefined;
    try {
      for (let i = 0; i < count; i += 1) {
        throwIfEnded();
        step += 1;
        const { status, losses } = run.update(update, step, 1);
        const next = Promise.all([status, ...losses.map(({ value }) => value)]);
        // If the update fails first, nobody waits for this promise.
        next.catch(() => {});
        await engine.commands.submit();
        await underWay;
        underWay = next;
      }
    } finally {
      await underWay;
    }
    throwIfEnded();
  };
  const time = async (count: number) => (await secondsOf(() => takeSteps(count))) / count;
  await time(1);
  const once = await time(1);
  return once > SHORT ? once : time(Math.min(MOST_UPDATES, Math.ceil(ENOUGH / once)));
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work();
  return (performance.now() - since) / 1000;
}

/** The first examples that have so many tokens together. */
function upTo(tokens: number, examples: readonly TokenizedExample[]): TokenizedExample[] {
  let left = tokens;
  const end = examples.findIndex((example) => {
    left -= tokensOf([example]);
    return left <= 0;
  });
  return end === -1 ? [...examples] : examples.slice(0, end + 1);
}
