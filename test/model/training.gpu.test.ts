import { beforeAll, describe, expect, it } from 'vitest';
import { SentenceTransformer } from '../../src/model/sentenceTransformer.ts';
import type { StepEvent } from '../../src/training/events.ts';
import type { TrainerOptions } from '../../src/training/options/options.ts';
import { Trainer } from '../../src/training/trainer.ts';
import { type MiniLmTraining, readFixture, type TrainingScenario } from '../support/fixtures.ts';
import { miniLmFolder } from '../support/miniLm.ts';
import { maxDifference } from '../support/numbers.ts';
import { seededTensor } from '../support/seeded.ts';

const fixture = readFixture<MiniLmTraining>('training/miniLm');
const { heads, headScale, examples, scenarios, slices } = fixture.facts;

/** Parameters whose gradient is zero but for rounding, which Adam makes large: no two programs agree on them. */
const isNoise = (name: string) => name.endsWith('attention.self.key.bias');

let model: SentenceTransformer;

async function freshModel(): Promise<SentenceTransformer> {
  const fresh = await SentenceTransformer.fromPretrained(miniLmFolder, { gpu: globalThis.testGpu });
  for (const name of ['topic', 'sentiment'] as const) {
    const labels = heads[name];
    fresh.addHead(name, {
      labels,
      weight: seededTensor(`heads.${name}.weight`, [labels.length, 384], headScale),
      bias: seededTensor(`heads.${name}.bias`, [labels.length], headScale),
    });
  }
  return fresh;
}

beforeAll(async () => {
  model = await freshModel();
});

/** The fixture's words for a run in ours: what no rule names is frozen there. */
function optionsOf(run: TrainingScenario): TrainerOptions {
  const trained = Object.keys(run.changes);
  const names = model.parameters().map(({ name }) => name);
  const frozen = names.filter((name) => !trained.includes(name));
  return {
    examples,
    batchSize: 'all',
    epochs: run.losses.length,
    scenario: { name: 'fixture', frozen, learningRate: [['*', 0], ...run.rates] },
    optimizer: run.optimizer,
    weightDecay: run.weightDecay,
    noDecay: run.noDecay,
    clipNorm: run.clipNorm,
    schedule: run.schedule && { kind: run.schedule.kind, warmupSteps: run.schedule.warmupSteps },
  };
}

async function stepsOf(trainer: Trainer): Promise<StepEvent[]> {
  const steps: StepEvent[] = [];
  for await (const event of trainer.train()) if (event.type === 'step') steps.push(event);
  return steps;
}

describe.each(Object.entries(scenarios))('ten steps of %s', (name, run) => {
  let steps: StepEvent[];
  let before: Map<string, Float32Array>;

  beforeAll(async () => {
    await model.dispose();
    model = await freshModel();
    const frozen = model.parameters().filter((parameter) => !(parameter.name in run.changes));
    before = new Map();
    for (const { name } of frozen) before.set(name, await model.read(name));
    steps = await stepsOf(new Trainer(model, optionsOf(run)));
  });

  it('has PyTorch’s losses within 2e-5 and gradient norms within 1e-4', () => {
    expect(steps.map(({ step }) => step)).toEqual(run.losses.map((_, i) => i + 1));
    const difference = maxDifference(
      steps.map(({ loss }) => loss),
      run.losses,
    );
    const norms = run.gradientNorms.map((norm, i) => Math.abs(steps[i]!.gradientNorm / norm - 1));
    console.info(
      `${name}: losses ${difference.toExponential(1)}, gradient norms ${Math.max(...norms).toExponential(1)}`,
    );
    expect(difference).toBeLessThanOrEqual(2e-5);
    expect(Math.max(...norms)).toBeLessThanOrEqual(1e-4);
    for (const task of ['topic', 'sentiment'] as const) {
      expect(
        maxDifference(
          steps.map(({ losses }) => losses[task]!),
          run.taskLosses[task],
        ),
      ).toBeLessThanOrEqual(2e-5);
    }
  });

  it('has PyTorch’s weights within 2e-6', async () => {
    for (const { parameter, first } of slices) {
      if (!(parameter in run.changes) || isNoise(parameter)) continue;
      const expected = fixture.tensor(`${name}.${parameter}@${first}`).data;
      const actual = (await model.read(parameter)).slice(first, first + expected.length);
      expect(maxDifference(actual, expected), parameter).toBeLessThanOrEqual(2e-6);
    }
  });

  it('keeps the bits of what is frozen', async () => {
    for (const [name, values] of before) {
      expect(
        Buffer.compare(Buffer.from((await model.read(name)).buffer), Buffer.from(values.buffer)),
        name,
      ).toBe(0);
    }
  });
});
