import { describe, expect, it } from 'vitest';
import { Dropout } from '../../../src/ops/dropout.ts';
import { Trainable } from '../../../src/optim/trainable.ts';
import { toFloats } from '../../../src/tensor/tensor.ts';
import { planBatches } from '../../../src/text/batch.ts';
import { sequencesOf, type TokenizedExample } from '../../../src/training/batches/tokenizedExample.ts';
import { Tokens } from '../../../src/training/batches/tokens.ts';
import { crossEntropy } from '../../../src/training/losses/crossEntropy.ts';
import type { RunLoss } from '../../../src/training/losses/loss.ts';
import { recordBatch } from '../../../src/training/step/batchPasses.ts';
import { Gradients } from '../../../src/training/step/gradients.ts';
import { expectClose } from '../../support/numbers.ts';
import { examples, freshTiny, labels } from '../../support/trainer.ts';
import { meanSquaredDistance } from '../losses/meanSquaredDistance.ts';
import { pairwiseCosines } from '../losses/pairwiseCosines.ts';

const model = await freshTiny();
const { core } = model;
const tokens = new Tokens(core);

/** Losses and gradients of one batch, cut into parts of so many tokens at most. */
async function passes(loss: RunLoss, batch: readonly TokenizedExample[], maxTokens: number, rate: number) {
  const { engine, parameters, heads } = core;
  const owners = [
    parameters,
    ...(loss.parameters.length > 0 ? [...heads.values()].map((head) => head.parameters) : []),
  ];
  const list = owners.flatMap((owner) =>
    owner.names
      .filter((name) => !name.startsWith('pooler.'))
      .map((name) => ({ name, tensor: owner.get(name) })),
  );
  const trainable = new Trainable(engine, list);
  const gradients = new Gradients(core, trainable, list);
  const dropout = new Dropout(rate, 7);
  gradients.startUpdate();
  const { leaves } = gradients;
  const readings = recordBatch(core, loss, batch, { leaves, share: 0.5, dropout, maxTokens });
  expect(gradients.finish()).toEqual([]);
  const values = Promise.all(list.map(({ name }) => toFloats(trainable.gradient(name))));
  await engine.commands.submit();
  const losses = await Promise.all(readings.map(({ value }) => value));
  const found = {
    losses,
    gradients: await values,
    names: list.map(({ name }) => name),
    stream: dropout.stream,
  };
  gradients.dispose();
  trainable.dispose();
  return found;
}

/** The most tokens of a part that cut a batch into so many parts. */
function tokensFor(loss: RunLoss, batch: readonly TokenizedExample[], parts: number): number {
  const sequences = sequencesOf(batch, loss.texts);
  const count = (maxTokens: number) => planBatches(sequences, { maxTokens }).length;
  let maxTokens = 1;
  while (count(maxTokens) > parts) maxTokens += 1;
  expect(count(maxTokens)).toBe(parts);
  return maxTokens;
}

const texts = examples.slice(0, 21);
const single = tokens.of(texts.map(({ text }, index) => ({ index, texts: { text }, targets: {} })));
const pairs = tokens.of(
  texts.map(({ text }, index) => ({
    index,
    texts: { first: text, second: examples[(5 * index) % 24]!.text },
    targets: {},
  })),
);
const labelled = tokens.of(
  crossEntropy.resolve(
    'examples',
    texts,
    Object.entries(labels).map(([name, names]) => ({ name, labels: names })),
  ),
);
const heads = [...core.heads.values()];

describe('a batch cut into 1, 3 and 7 parts has one loss and one gradient, dropout on', () => {
  it.each<[string, RunLoss, readonly TokenizedExample[]]>([
    ['the mean over all pairwise cosines', pairwiseCosines, single],
    ['two texts an example', meanSquaredDistance.forRun({ training: pairs, heads: [] }), pairs],
    ['cross-entropy on heads', crossEntropy.forRun({ training: labelled, heads }), labelled],
  ])('%s', async (_, loss, batch) => {
    const results = [];
    for (const parts of [1, 3, 7])
      results.push(await passes(loss, batch, tokensFor(loss, batch, parts), 0.2));
    const [whole, ...cut] = results;
    const moved = whole!.gradients.filter((values) => values.some((value) => Math.abs(value) > 1e-4));
    expect(moved.length).toBeGreaterThan(20);
    for (const { losses, gradients, stream } of cut) {
      expectClose(losses, whole!.losses, 1e-6);
      for (const [i, values] of gradients.entries()) expectClose(values, whole!.gradients[i]!, 1e-6);
      expect(stream).toBe(whole!.stream);
    }
    // Without dropout it is another loss: the masks above were no constants.
    const { losses } = await passes(loss, batch, 4096, 0);
    expect(Math.abs(losses[0]! - whole!.losses[0]!)).toBeGreaterThan(1e-4);
  });

  it('in one part takes the kernels of one pass', async () => {
    const dispatches = async (maxTokens: number) => {
      const before = core.engine.usage().dispatches;
      await passes(pairwiseCosines, single, maxTokens, 0);
      return core.engine.usage().dispatches - before;
    };
    const [one, two] = [await dispatches(4096), await dispatches(tokensFor(pairwiseCosines, single, 2))];
    // Twice two forward passes and two backward passes against one of each.
    expect(two).toBeGreaterThan(2 * one);
  });
});
