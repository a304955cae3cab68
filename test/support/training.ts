import type { ModelState } from '../../src/model/state.ts';
import { Adam } from '../../src/optim/adam.ts';
import type { OptimizerKind } from '../../src/optim/optimizerKind.ts';
import type { ParameterSetting } from '../../src/optim/paramGroups.ts';
import { Trainable } from '../../src/optim/trainable.ts';
import { toFloats } from '../../src/tensor/tensor.ts';
import { type TokenizedExample, usedTokens } from '../../src/training/batches/tokenizedExample.ts';
import { headsLoss } from '../../src/training/losses/crossEntropy.ts';
import { recordBatch } from '../../src/training/step/batchPasses.ts';
import { Gradients, trainedOf } from '../../src/training/step/gradients.ts';

/** A step of training by hand, of the parts that the trainer puts together. */
export interface Steps {
  trainable: Trainable;
  /** Sum of the tasks' losses of each step. */
  losses: number[];
}

export interface StepSetup {
  examples: readonly TokenizedExample[];
  tasks: readonly string[];
  /** Of every parameter that a loss depends on. */
  rateOf: (name: string) => number;
  kind: OptimizerKind;
  weightDecay: number;
  steps: number;
  /** Whether all rows of the word embeddings have a gradient and moments. */
  allWords?: boolean;
}

/** Takes steps, then hands what is left to `look` before it gives the memory back. */
export async function takeSteps<T>(
  core: ModelState,
  { examples, tasks, rateOf, kind, weightDecay, steps, allWords = false }: StepSetup,
  look: (steps: Steps) => Promise<T>,
): Promise<T> {
  const { engine } = core;
  const settings = new Map<string, ParameterSetting>();
  for (const { name } of core.allParameters) {
    settings.set(
      name,
      name.startsWith('pooler.') ? { rate: null, weightDecay: 0 } : { rate: rateOf(name), weightDecay },
    );
  }
  const parameters = trainedOf(core.allParameters, core, { settings, kind }, usedTokens(examples)).map(
    (parameter) => (allWords ? { ...parameter, rows: undefined } : parameter),
  );
  const trainable = new Trainable(engine, parameters);
  const gradients = new Gradients(core, trainable, parameters);
  const adam = new Adam(trainable, settings, { kind });
  const heads = tasks.map((task) => core.heads.get(task)!);
  const loss = headsLoss({ training: examples, heads });
  const losses: number[] = [];
  for (let step = 0; step < steps; step += 1) {
    gradients.startUpdate();
    const recorded = recordBatch(core, loss, examples, { leaves: gradients.leaves, share: 1 });
    gradients.finish();
    adam.step();
    await engine.commands.submit();
    let sum = 0;
    for (const { value } of recorded) sum += await value;
    losses.push(sum);
  }
  adam.finish();
  await engine.commands.submit();
  try {
    return await look({ trainable, losses });
  } finally {
    gradients.dispose();
    trainable.dispose();
    engine.trim();
  }
}

/** The numbers of a parameter's gradient, of the last step. */
export async function gradientOf({ trainable }: Steps, name: string): Promise<Float32Array> {
  const reading = toFloats(trainable.gradient(name));
  await trainable.engine.commands.submit();
  return reading;
}
