import type { SentenceTransformer } from '../../src/model/sentenceTransformer.ts';
import type { EvaluationEvent, StepEvent, TrainingEvent } from '../../src/training/events.ts';
import type { Example } from '../../src/training/options/examples.ts';
import type { TrainerOptions } from '../../src/training/options/options.ts';
import { Trainer } from '../../src/training/trainer.ts';
import { seededBert, seededTensor } from './seeded.ts';
import { loadTiny, tinyConfig } from './tinyModel.ts';

export const labels = { topic: ['sport', 'tech', 'food'], sentiment: ['negative', 'positive'] };

const subjects = [
  ['the match', 'the striker', 'the referee', 'the team'],
  ['the phone', 'the laptop', 'the screen', 'the software'],
  ['the soup', 'the bread', 'the curry', 'the salad'],
];
const verdicts = ['was awful', 'was great'];

/** 24 texts that a model of two layers learns in a few steps: every topic with every sentiment, four times. */
export const examples: Example[] = [0, 1, 2, 3].flatMap((i) =>
  labels.topic.flatMap((topic, t) =>
    verdicts.map((verdict, sentiment) => ({
      text: `${subjects[t]![i]} ${verdict}`,
      labels: { topic, sentiment },
    })),
  ),
);

let loaded: Promise<SentenceTransformer> | undefined;

/**
 * A tiny model with two heads that remembers nothing: one for all tests of a process, its weights as they were at
 * first. Where a test failed and left a run or a call on it, the next one gets another.
 */
export async function freshTiny(): Promise<SentenceTransformer> {
  const last = await loaded?.catch(() => undefined);
  if (!last || last.core.isTraining || last.core.leases > 0) loaded = loadTiny();
  const model = await loaded!;
  const seeded = seededBert(tinyConfig);
  const { parameters, engine } = model.core;
  for (const name of parameters.names) parameters.write(name, seeded.get(name)!.data);
  for (const { name } of model.heads()) model.removeHead(name);
  model.core.trained.clear();
  addHeads(model);
  await engine.commands.submit();
  engine.buffers.trim();
  return model;
}

/** The two heads of the examples, with seeded weights. */
export function addHeads(model: SentenceTransformer): void {
  for (const [name, names] of Object.entries(labels)) {
    model.addHead(name, {
      labels: names,
      weight: seededTensor(`heads.${name}.weight`, [names.length, model.dimension], 0.1),
      bias: seededTensor(`heads.${name}.bias`, [names.length], 0.1),
    });
  }
}

/** Rates at which the tiny model learns the examples, with a step that is the gradient's where that is small. */
export const quick: Pick<TrainerOptions, 'learningRate' | 'batchSize'> = { learningRate: 3e-3, batchSize: 8 };

export async function eventsOf(
  model: SentenceTransformer,
  options: Partial<TrainerOptions> = {},
): Promise<TrainingEvent[]> {
  const events: TrainingEvent[] = [];
  for await (const event of new Trainer(model, { examples, ...quick, ...options }).train())
    events.push(event);
  return events;
}

export const stepsOf = (events: readonly TrainingEvent[]): StepEvent[] =>
  events.filter((event) => event.type === 'step');

export const evaluationsOf = (events: readonly TrainingEvent[]): EvaluationEvent[] =>
  events.filter((event) => event.type === 'evaluation');

/** Values of all parameters by name, or of those that a pattern finds. */
export async function weightsOf(
  model: SentenceTransformer,
  pattern = /./,
): Promise<Map<string, Float32Array>> {
  const weights = new Map<string, Float32Array>();
  for (const { name } of model.parameters())
    if (pattern.test(name)) weights.set(name, await model.read(name));
  return weights;
}

/** Names of the parameters that differ in any bit. */
export function changedNames(
  before: ReadonlyMap<string, Float32Array>,
  after: ReadonlyMap<string, Float32Array>,
): string[] {
  const bits = (values: Float32Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return [...before]
    .filter(([name, values]) => !bits(values).equals(bits(after.get(name)!)))
    .map(([name]) => name);
}

/**
 * Runs a trainer to its end and keeps what it says. `onStep` is called while the step's event is handled. Whoever
 * awaits `ended` or `taken` hears of a failure; nobody has to, so a test that fails before it fails alone.
 */
export function running(trainer: Trainer, signal?: AbortSignal, onStep?: (step: number) => void) {
  const steps: number[] = [];
  let tell = () => {};
  const ended = (async () => {
    for await (const event of trainer.train({ signal })) {
      if (event.type !== 'step') continue;
      steps.push(event.step);
      onStep?.(event.step);
      tell();
    }
  })();
  ended.catch(() => {});
  /** Resolves once so many steps were told. @throws what ends the run before */
  const taken = async (count: number): Promise<void> => {
    const reached = new Promise<void>((resolve) => {
      tell = () => {
        if (steps.length >= count) resolve();
      };
      tell();
    });
    await Promise.race([reached, ended]);
    if (steps.length < count) throw new Error(`the run ended after ${steps.length} of ${count} steps`);
  };
  return { steps, ended, taken };
}

/**
 * A run that has taken one step and waits for {@link Trainer.resume} before the next: it is on for as long as a test
 * likes.
 */
export async function held(trainer: Trainer) {
  trainer.pause();
  const run = running(trainer);
  trainer.step();
  await run.taken(1);
  return run;
}
