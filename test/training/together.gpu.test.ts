import { describe, expect, it } from 'vitest';
import { TabgradError } from '../../src/errors.ts';
import { Trainer } from '../../src/training/trainer.ts';
import { unheard } from '../support/kernels.ts';
import { loadTiny } from '../support/tinyModel.ts';
import {
  addHeads,
  changedNames,
  examples,
  freshTiny,
  held,
  quick,
  running,
  weightsOf,
} from '../support/trainer.ts';
import { turns } from '../support/waiting.ts';

const options = { examples, ...quick, epochs: 2 };
/** Six updates: three an epoch. */
const all = [1, 2, 3, 4, 5, 6];

describe('two at a time', () => {
  it('a second train() of a trainer is refused, and the first goes on', async () => {
    const trainer = new Trainer(await freshTiny(), options);
    const { steps, ended } = running(trainer);
    await expect(running(trainer).ended).rejects.toThrow(TabgradError);
    await ended;
    expect(steps).toEqual(all);
  });

  it('a second trainer of the model is refused, and the first goes on', async () => {
    const model = await freshTiny();
    const trainer = new Trainer(model, options);
    const { steps, ended } = await held(trainer);
    await expect(running(new Trainer(model, options)).ended).rejects.toThrow(TabgradError);
    trainer.resume();
    await ended;
    expect(steps).toEqual(all);
  });
});

describe('while it trains', () => {
  it('encode, predict and read give what the weights give, and change nothing', async () => {
    const model = await freshTiny();
    const run = { ...options, optimizer: 'adamw', weightDecay: 0.1 } as const;
    await running(new Trainer(model, run)).ended;
    const straight = await weightsOf(model);

    await freshTiny();
    const trainer = new Trainer(model, run);
    const texts = ['the soup was great', 'an unrelated zebra'];
    const seen = new Set<string>();
    for await (const event of trainer.train()) {
      if (event.type !== 'step') continue;
      const [embeddings, { topic }] = await Promise.all([model.encode(texts), model.predict(texts)]);
      seen.add(embeddings.data.join());
      expect(topic!.probabilities.data.every((p) => p > 0 && p < 1)).toBe(true);
    }
    // The update after the one that is told is often done already.
    expect(seen.size).toBeGreaterThanOrEqual(4);
    expect([...seen].at(-1)).toBe((await model.encode(texts)).data.join());
    const after = await weightsOf(model);
    for (const [name, values] of straight) {
      if (name !== 'embeddings.word_embeddings.weight')
        expect(changedNames(new Map([[name, values]]), after)).toEqual([]);
    }
    // Rows that only decay do so in one multiplication or in several.
    const words = 'embeddings.word_embeddings.weight';
    const [one, several] = [straight.get(words)!, after.get(words)!];
    let furthest = 0;
    one.forEach((value, i) => {
      furthest = Math.max(furthest, Math.abs(several[i]! - value) / Math.max(Math.abs(value), 1e-6));
    });
    expect(furthest).toBeLessThan(1e-6);
  });

  it('a head that the run trains cannot be replaced', async () => {
    const model = await freshTiny();
    const seen: number[] = [];
    for await (const event of new Trainer(model, options).train()) {
      if (event.type !== 'step') continue;
      seen.push(event.step);
      if (event.step === 1) expect(() => addHeads(model)).toThrow(TabgradError);
    }
    expect(seen).toEqual(all);
  });

  it('a head that is new does not disturb the run', async () => {
    const model = await freshTiny();
    const trainer = new Trainer(model, options);
    const { steps, ended } = await held(trainer);
    model.addHead('mood', { labels: ['calm', 'wild'] });
    trainer.resume();
    await ended;
    expect(steps).toEqual(all);
  });
});

describe('a head added or replaced between the trainer and its run', () => {
  it('is said, or is no trouble', async () => {
    const model = await freshTiny();
    const trainer = new Trainer(model, options);
    model.addHead('mood', { labels: ['calm', 'wild'] });
    const { steps, ended } = running(trainer);
    await ended.catch((error: unknown) => expect(error).toBeInstanceOf(TabgradError));
    expect(steps.length === 0 || steps.length === all.length).toBe(true);
  });

  it('with fewer labels than the examples have is refused by name', async () => {
    const model = await freshTiny();
    const trainer = new Trainer(model, options);
    model.addHead('topic', { labels: ['sport', 'tech'] });
    await expect(running(trainer).ended).rejects.toThrow(TabgradError);
  });
});

describe('disposing of the model', () => {
  it.each(['while it runs', 'while it is paused'])('%s ends the run with a named error', async (when) => {
    const model = await loadTiny();
    addHeads(model);
    const reasons = await unheard(async () => {
      const trainer = new Trainer(model, { ...options, epochs: 50 });
      const { ended, taken } = running(trainer);
      await taken(3);
      if (when === 'while it is paused') {
        trainer.pause();
        await turns();
      }
      await model.dispose();
      await expect(ended).rejects.toThrow(TabgradError);
      await expect(running(trainer).ended).rejects.toThrow(/disposed/);
      expect(() => new Trainer(model, options)).toThrow(/disposed/);
    });
    expect(reasons).toEqual([]);
  });
});
