import { describe, expect, it } from 'vitest';
import { AbortError, ArgumentError, CheckpointError, TabgradError } from '../../src/errors.ts';
import type { TrainingEvent } from '../../src/training/events.ts';
import type { TrainerOptions } from '../../src/training/options/options.ts';
import { lines, Trainer } from '../../src/worker/trainer.ts';
import { CountingModel, type CountingTrainer, connect } from '../support/door.ts';
import { turns } from '../support/waiting.ts';

describe('a trainer beyond the door', () => {
  const examples = [{ text: 'a', labels: { topic: 'a' } }];

  async function training(options: Partial<TrainerOptions> = {}) {
    let local: CountingTrainer | undefined;
    const line = connect(
      async () => new CountingModel(),
      (made) => {
        local = made;
      },
    );
    await line.call({}, (api) => api.load('there', {}));
    const model = new CountingModel();
    lines.set(model, line);
    return { line, trainer: new Trainer(model, { examples, ...options }), local: () => local! };
  }

  it('takes options as they are and tells its steps', async () => {
    const { trainer, local } = await training({ frozen: [/^embeddings/] });
    expect(await trainer.totalSteps).toBe(100);
    expect(await trainer.plan()).toEqual(await local().plan());
    expect(local().options).toEqual({ examples, frozen: [/^embeddings/] });
  });

  it('measures, stops by the signal, and says why it cannot', async () => {
    const { trainer, local } = await training();
    expect(await trainer.measure()).toEqual({ stepSeconds: 0.5, seconds: 50 });
    const controller = new AbortController();
    const stopped = trainer.measure({ signal: controller.signal });
    controller.abort();
    await expect(stopped).rejects.toBeInstanceOf(AbortError);
    local().steps = 1;
    await expect(trainer.measure()).rejects.toMatchObject({ name: 'TabgradError', message: /running/ });
  });

  it('takes checkpoints, keeps them and says so', async () => {
    const { trainer, local } = await training();
    await expect(trainer.checkpoint()).rejects.toMatchObject({ name: 'TabgradError' });
    expect(await trainer.saveCheckpoint()).toBeUndefined();
    const said: unknown[] = [];
    const checkpoints = {
      name: 'mine',
      everySeconds: 5,
      about: { page: 1 },
      onSaved: (saved: unknown) => said.push(saved),
      onNote: (message: string) => said.push(message),
    };
    const types = new Set<string>();
    for await (const event of trainer.train({ checkpoints })) {
      types.add(event.type);
      if (event.type !== 'step' || event.step !== 2) continue;
      expect(await (await trainer.checkpoint()).text()).toMatch(/^step [23]$/);
      const saved = await trainer.saveCheckpoint();
      expect(saved).toMatchObject({ id: 'a', name: 'mine' });
      await expect.poll(() => said, { interval: 1 }).toHaveLength(2);
      expect(said).toEqual([saved, 'a note']);
      break;
    }
    expect(types).toEqual(new Set(['step']));
    expect(local().checkpoints).toMatchObject({ name: 'mine', everySeconds: 5, about: { page: 1 } });
    const unsent = trainer.train({ checkpoints: { name: 'mine', about: () => {} } });
    await expect(unsent.next()).rejects.toMatchObject({ name: 'ArgumentError', argument: 'checkpoints' });
  });

  it('resumes from a checkpoint, and says why it cannot', async () => {
    const { line, local } = await training();
    const model = new CountingModel();
    lines.set(model, line);
    const trainer = await Trainer.resume(model, new Blob(['it']));
    expect(await local().resumed!.text()).toBe('it');
    expect((await trainer.history).map(({ step }) => step)).toEqual([4]);
    let steps = 0;
    for await (const { type } of trainer.train()) if (type === 'step') steps += 1;
    expect(steps).toBe(3);
    const failed = Trainer.resume(model, new Blob([]));
    await expect(failed).rejects.toBeInstanceOf(CheckpointError);
    await expect(failed).rejects.toMatchObject({ reason: 'damaged' });
    const signal = AbortSignal.abort();
    await expect(Trainer.resume(model, new Blob(['it']), { signal })).rejects.toBeInstanceOf(AbortError);
    await expect(Trainer.resume(new CountingModel(), new Blob(['it']))).rejects.toBeInstanceOf(ArgumentError);
  });

  it('transfers what an evaluation tells of each text', async () => {
    const { trainer, local } = await training({ evaluation: { fraction: 0.5, details: true }, epochs: 1 });
    const events: TrainingEvent[] = [];
    for await (const event of trainer.train()) events.push(event);
    expect(events.map(({ type }) => type)).toEqual(['step', 'evaluation']);
    expect(events[1]).toMatchObject({
      heldOut: {
        examples: [3],
        probabilities: { topic: { data: new Float32Array([0.25, 0.75]), shape: [1, 2] } },
        embeddings: { data: new Float32Array([0.6, 0.8]), shape: [1, 2] },
      },
    });
    const { probabilities, embeddings } = local().evaluated!.heldOut!;
    for (const { data } of [probabilities.topic!, embeddings]) expect(data.byteLength).toBe(0);
  });

  it('hands over each event in order, at most one ahead of the loop', async () => {
    const { trainer, local } = await training({ epochs: 6 });
    const steps: number[] = [];
    for await (const event of trainer.train()) {
      if (event.type !== 'step') continue;
      steps.push(event.step);
      await turns();
      expect(local().steps).toBeLessThanOrEqual(event.step + 2);
    }
    expect(steps).toEqual([1, 2, 3, 4, 5, 6]);
    expect(local().hasEnded).toBe(true);
  });

  it('ends in the worker before a loop that was left goes on', async () => {
    const { trainer, local } = await training();
    for await (const event of trainer.train()) if (event.type === 'step' && event.step === 3) break;
    expect(local().hasEnded).toBe(true);
    expect(local().steps).toBeLessThanOrEqual(5);
  });

  it('stops by the signal with an AbortError, also with one that has fired', async () => {
    const { trainer, local } = await training();
    const controller = new AbortController();
    const run = (async () => {
      for await (const event of trainer.train({ signal: controller.signal })) {
        if (event.type === 'step' && event.step === 2) controller.abort();
      }
    })();
    await expect(run).rejects.toBeInstanceOf(AbortError);
    expect(local().hasEnded).toBe(true);
    await expect(trainer.train({ signal: AbortSignal.abort() }).next()).rejects.toBeInstanceOf(AbortError);
  });

  it('pauses, steps and resumes', async () => {
    const { trainer, local } = await training();
    trainer.pause();
    const events = trainer.train();
    trainer.step();
    await events.next();
    const second = events.next();
    await turns();
    expect(local().steps).toBe(1);
    trainer.resume();
    await expect(second).resolves.toMatchObject({ value: { step: 2 } });
    await events.return();
    expect(local().hasEnded).toBe(true);
  });

  it('throws what is wrong with the options where it is used', async () => {
    const { trainer } = await training({ seed: -1 });
    await expect(trainer.totalSteps).rejects.toBeInstanceOf(ArgumentError);
    await expect(trainer.train().next()).rejects.toMatchObject({ argument: 'seed' });
    trainer.pause();
  });

  it('names what cannot cross, and refuses a model that is not in a worker', async () => {
    const { trainer } = await training({ taskWeights: { topic: (() => 1) as unknown as number } });
    await expect(trainer.totalSteps).rejects.toMatchObject({ name: 'ArgumentError', argument: 'options' });
    expect(() => new Trainer(new CountingModel(), { examples })).toThrow(ArgumentError);
  });

  it('rejects the loop when the worker goes', async () => {
    const { trainer, line } = await training();
    const gone = new TabgradError('gone');
    const run = (async () => {
      for await (const event of trainer.train())
        if (event.type === 'step' && event.step === 2) line.end(gone);
    })();
    await expect(run).rejects.toBe(gone);
    await expect(trainer.totalSteps).rejects.toBe(gone);
  });
});
