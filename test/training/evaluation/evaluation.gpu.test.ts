import { describe, expect, it } from 'vitest';
import { likeliest } from '../../../src/training/evaluation/metrics.ts';
import type { EvaluationEvent } from '../../../src/training/events.ts';
import { Trainer } from '../../../src/training/trainer.ts';
import { expectClose } from '../../support/numbers.ts';
import { loadTiny, tinyFiles } from '../../support/tinyModel.ts';
import {
  addHeads,
  changedNames,
  evaluationsOf,
  eventsOf,
  examples,
  freshTiny,
  quick,
  stepsOf,
  weightsOf,
} from '../../support/trainer.ts';

const [training, held] = [examples.slice(0, 16), examples.slice(16)];

describe('evaluations each so many updates', () => {
  const options = { examples: training, epochs: 2, batchSize: 4 } as const;

  it('come besides those of the start and of each epoch, never two at a step', async () => {
    const model = await freshTiny();
    const events = await eventsOf(model, { ...options, evaluation: { examples: held, everySteps: 3 } });
    const told = events.map((event) => (event.type === 'done' ? 'done' : `${event.type[0]}${event.step}`));
    expect(told).toEqual([
      'e0',
      's1',
      's2',
      's3',
      'e3',
      's4',
      'e4',
      's5',
      's6',
      'e6',
      's7',
      's8',
      'e8',
      'done',
    ]);
    for (const { totalSteps } of stepsOf(events)) expect(totalSteps).toBe(8);
  });

  it('are of the weights after their step, and change nothing of the run', async () => {
    const model = await freshTiny();
    const straight = await eventsOf(model, { ...options, evaluation: held });
    const weights = await weightsOf(model);
    await freshTiny();
    const often = await eventsOf(model, { ...options, evaluation: { examples: held, everySteps: 1 } });
    const losses = (events: typeof often) => stepsOf(events).map(({ loss }) => loss);
    expect(losses(often)).toEqual(losses(straight));
    expect(changedNames(weights, await weightsOf(model))).toEqual([]);
    // As of a run that ends there.
    for (const epochs of [1, 2]) {
      await freshTiny();
      const short = { ...options, examples: training.slice(0, 4), evaluation: held, epochs };
      const last = evaluationsOf(await eventsOf(model, short)).at(-1)!;
      await freshTiny();
      const long = { ...short, epochs: 3, evaluation: { examples: held, everySteps: 1 } };
      const same = evaluationsOf(await eventsOf(model, long)).find(({ step }) => step === epochs);
      expect(same).toEqual(last);
    }
  });

  it('count for early stopping, which ends the run at once', async () => {
    const events = await eventsOf(await freshTiny(), {
      ...options,
      scenario: 'heads-only',
      learningRate: 0,
      evaluation: { examples: held, everySteps: 1 },
      earlyStopping: { metric: 'loss', patience: 2 },
    });
    expect(stepsOf(events)).toHaveLength(2);
    expect(events.at(-1)).toMatchObject({ type: 'done', best: { step: 0 } });
  });
});

describe('details of an evaluation', () => {
  /** Of each text some labels, of the last none. */
  const some = held.map(({ text, labels }, i) => ({
    text,
    labels: i % 2 ? { topic: labels.topic } : { sentiment: labels.sentiment },
  }));

  it('are what predict() and encode() give, for every text and every task', async () => {
    const model = await freshTiny();
    const trainer = new Trainer(model, {
      ...{ examples: training, ...quick, epochs: 1 },
      evaluation: { examples: some, details: true },
    });
    const seen: EvaluationEvent[] = [];
    for await (const event of trainer.train()) {
      if (event.type !== 'evaluation') continue;
      seen.push(event);
      const { examples: indices, probabilities, embeddings } = event.heldOut!;
      const texts = some.map(({ text }) => text);
      const [predicted, encoded] = [await model.predict(texts), await model.encode(texts)];
      expect(indices).toEqual(some.map((_, i) => i));
      expect(Object.keys(probabilities)).toEqual(['topic', 'sentiment']);
      for (const [task, { data, shape }] of Object.entries(probabilities)) {
        expect(shape).toEqual(predicted[task]!.probabilities.shape);
        expectClose(data, predicted[task]!.probabilities.data, 1e-6);
      }
      expect(embeddings.shape).toEqual([some.length, model.dimension]);
      expect(embeddings.data).toEqual(encoded.data);
    }
    expect(seen.map(({ step }) => step)).toEqual([0, 2]);
    const [first, last] = seen.map(({ heldOut }) => heldOut!);
    expect(first!.embeddings.data).not.toEqual(last!.embeddings.data);
  });

  it('agree with the metrics, and leave them as they are without', async () => {
    const model = await freshTiny();
    const options = { examples: training, epochs: 3 };
    const plain = evaluationsOf(await eventsOf(model, { ...options, evaluation: some }));
    await freshTiny();
    const events = await eventsOf(model, { ...options, evaluation: { examples: some, details: true } });
    const detailed = evaluationsOf(events);
    for (const [i, { heldOut, ...numbers }] of detailed.entries()) {
      expect(numbers).toEqual(plain[i]);
      const told = likeliest(heldOut!.probabilities.topic!);
      const names = ['sport', 'tech', 'food'];
      const labelled = some.flatMap(({ labels }, n) => (labels.topic ? [n] : []));
      const right = labelled.filter((n) => names[told[n]!] === some[n]!.labels.topic);
      expect(numbers.accuracy.topic).toBe(right.length / labelled.length);
    }
    for (const event of plain) expect(event).not.toHaveProperty('heldOut');
    // Told once, with its evaluation.
    expect(events.at(-1)).toMatchObject({ type: 'done', best: { step: expect.any(Number) } });
    expect((events.at(-1) as { best: object }).best).not.toHaveProperty('heldOut');
  });

  it('name the texts by their place in the examples where a fraction is held out', async () => {
    const model = await freshTiny();
    const given = [{ text: 'nothing is known of this', labels: {} }, ...examples];
    const [event] = evaluationsOf(
      await eventsOf(model, { examples: given, evaluation: { fraction: 0.25, details: true }, epochs: 1 }),
    );
    const { examples: indices, embeddings } = event!.heldOut!;
    expect(indices).toHaveLength(6);
    expect(indices).not.toContain(0);
    await freshTiny();
    const texts = indices.map((i) => given[i]!.text);
    expect((await model.encode(texts)).data).toEqual(embeddings.data);
  });

  it('have a task of no held-out label too, and embeddings as the model pools them', async () => {
    const files = tinyFiles(undefined, { '1_Pooling/config.json': { pooling_mode_cls_token: true } });
    const model = await loadTiny(files);
    addHeads(model);
    const evaluation = held.map(({ text, labels: { topic } }) => ({ text, labels: { topic } }));
    const embeddings = await model.encode(held.map(({ text }) => text));
    const [event] = evaluationsOf(
      await eventsOf(model, {
        ...{ examples: training, epochs: 1 },
        evaluation: { examples: evaluation, details: true },
      }),
    );
    expect(Object.keys(event!.losses)).toEqual(['topic']);
    expect(Object.keys(event!.heldOut!.probabilities)).toEqual(['topic', 'sentiment']);
    expect(event!.heldOut!.embeddings.data).toEqual(embeddings.data);
    await model.dispose();
  });
});
