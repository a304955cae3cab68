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

/** A tiny model with two heads that remembers nothing: one for all tests of a process, its weights as they were at first. */
export async function freshTiny(): Promise<SentenceTransformer> {
  loaded ??= loadTiny();
  const model = await loaded;
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

/** Some time for what else may happen. */
export const moment = (ms = 120) => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs a trainer to its end and keeps what it says. */
export function running(trainer: Trainer, signal?: AbortSignal) {
  const steps: number[] = [];
  const ended = (async () => {
    for await (const event of trainer.train({ signal })) if (event.type === 'step') steps.push(event.step);
  })();
  return { steps, ended };
}

/** Rejects where a promise is too slow: a test that hangs says so. */
export function soon<T>(promise: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('still waiting')), 3000).unref();
  });
  return Promise.race([promise, late]);
}
