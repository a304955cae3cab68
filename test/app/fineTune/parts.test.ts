import { describe, expect, it } from 'vitest';
import { groupsOf, type Pattern } from '../../../src/app/fineTune/what/groups.ts';
import { adjust, scenarioOf } from '../../../src/app/fineTune/what/rates.ts';
import { millions, orDash, scientific } from '../../../src/app/format.ts';
import { usualTree } from '../../../src/architectures/parameterTree.ts';
import { parameterSettings } from '../../../src/optim/paramGroups.ts';
import { scenario } from '../../../src/training/options/scenarios.ts';
import { EventQueue } from '../../../src/worker/eventQueue.ts';

const parameters = [
  { name: 'embeddings.word_embeddings.weight', shape: [10, 4] },
  { name: 'encoder.layer.0.output.dense.weight', shape: [4, 4] },
  { name: 'encoder.layer.1.output.dense.weight', shape: [4, 4] },
  { name: 'encoder.layer.1.output.dense.bias', shape: [4] },
  { name: 'pooler.dense.weight', shape: [4, 4] },
  { name: 'heads.old.weight', shape: [2, 4] },
];
const heads = new Map([
  ['topic', 3],
  ['other kind', 2],
]);

describe('groups of parameters', () => {
  const of = (name: Parameters<typeof scenario>[0]) =>
    groupsOf(
      parameters,
      usualTree,
      heads,
      4,
      scenario(name, { layers: 2, heads: [...heads.keys()], top: 1 }),
    );

  it('have names, sizes and rates, from the heads down', () => {
    expect(of('layer-wise').map(({ kind, name, rate, size }) => [kind, name, rate, size])).toEqual([
      ['head', 'head topic', 1e-3, 15],
      ['head', 'head other kind', 1e-3, 10],
      ['layer', 'layer 1', 1e-4, 20],
      ['layer', 'layer 0', 5e-5, 16],
      ['embeddings', 'embeddings', 1e-5, 40],
    ]);
  });

  it('are frozen as the scenario says', () => {
    const rates = (name: Parameters<typeof of>[0]) => of(name).map(({ rate }) => rate);
    expect(rates('one-head')).toEqual([1e-3, null, null, null, null]);
    expect(rates('top-layers')).toEqual([1e-3, 1e-3, 1e-4, null, null]);
    expect(rates('frozen')).toEqual([null, null, null, null, null]);
  });
});

describe('rates of the reader’s own', () => {
  it('make a scenario in which every parameter has a rate or is frozen, and an unused one is frozen', () => {
    const base = scenario('heads-only', { layers: 2, heads: [...heads.keys()] });
    const own = new Map([
      ['layer 1', { rate: 2e-4, isFrozen: false }],
      ['head topic', { isFrozen: true }],
      ['embeddings', { isFrozen: false }],
    ]);
    const made = scenarioOf(adjust(groupsOf(parameters, usualTree, heads, 4, base), own), base, ['pooler.*']);
    expect(made.name).toBe('heads-only, adjusted');
    expect(made.frozen.map(String)).toEqual(['pooler.*', '/^heads\\.topic\\.[^.]+$/', 'encoder.layer.0.*']);
    const rates = made.learningRate as readonly (readonly [Pattern, number])[];
    expect(rates.map(([pattern, rate]) => [String(pattern), rate])).toEqual([
      ['/^heads\\.other\\ kind\\.[^.]+$/', 1e-3],
      ['encoder.layer.1.*', 2e-4],
      ['embeddings.*', 1e-5],
    ]);
    const names = [...parameters.map(({ name }) => name), 'heads.topic.bias', 'heads.other kind.bias'];
    const known = names.filter((name) => name !== 'heads.old.weight');
    expect(() => parameterSettings(known, { ...made, weightDecay: 0 })).not.toThrow();
  });
});

describe('numbers', () => {
  it('are written for people', () => {
    expect([scientific(1e-3), scientific(2.5e-5)]).toEqual(['1e−3', '2.5e−5']);
    expect([millions(1155), millions(22_713_216)]).toEqual(['1,155', '22.7 M']);
    expect([orDash(-0.1234, 2), orDash(Number.NaN, 2), orDash(undefined, 2)]).toEqual(['−0.12', '–', '–']);
  });
});

describe('the queue of events', () => {
  it('gives all that was pushed before it ends, then its error', async () => {
    const queue = new EventQueue<number>();
    const pushed = [queue.push(1), queue.push(2)];
    queue.end({ error: new RangeError('over') });
    const taken: number[] = [];
    const loop = (async () => {
      for await (const event of queue) taken.push(event);
    })();
    await expect(loop).rejects.toThrow('over');
    expect(taken).toEqual([1, 2]);
    await Promise.all(pushed);
    await queue.push(3);
  });

  it('lets nobody wait once it is closed', async () => {
    const queue = new EventQueue<number>();
    const waiting = queue.push(1);
    queue.close();
    await waiting;
    expect(await queue[Symbol.asyncIterator]().next()).toEqual({ done: true, value: undefined });
  });
});
