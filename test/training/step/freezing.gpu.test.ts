import { describe, expect, it } from 'vitest';
import type { Pattern } from '../../../src/optim/patterns.ts';
import type { TrainerOptions } from '../../../src/training/options/options.ts';
import { changedNames, eventsOf, freshTiny, weightsOf } from '../../support/trainer.ts';

/** Short and with what could go wrong between updates: momentum, decay, two batches an update. */
const options: Partial<TrainerOptions> = {
  ...{ epochs: 1, batchSize: 4, accumulate: 2, optimizer: 'adamw' },
};

/** A frozen parameter is one that the others do not miss: they train as beside one whose rate is 0. */
describe('freezing changes nothing for the rest, bit for bit', () => {
  const rate = 1e-3;
  async function both(pattern: Pattern) {
    const model = await freshTiny();
    const start = await weightsOf(model);
    await eventsOf(model, { ...options, learningRate: rate, frozen: [pattern] });
    const frozen = await weightsOf(model);
    await freshTiny();
    const rates: [Pattern, number][] = [
      ['*', rate],
      [pattern, 0],
    ];
    await eventsOf(model, { ...options, learningRate: rates });
    return { start, frozen, still: await weightsOf(model) };
  }

  it.each<Pattern>([
    '*.key.*',
    '*.value.weight',
    'encoder.layer.1.attention.self.query.bias',
    '*.weight',
    '*.bias',
    '*.dense.weight',
    'encoder.layer.1.intermediate.*',
    'encoder.layer.0.output.dense.*',
    '*LayerNorm.weight',
    '*LayerNorm.bias',
    'embeddings.*',
    'embeddings.word_embeddings.weight',
    'embeddings.position_embeddings.weight',
    'embeddings.LayerNorm.*',
    '{embeddings,encoder.layer.0}.*',
    'encoder.layer.1.*',
    'encoder.*',
    'heads.*',
    'heads.topic.weight',
    /^(?!.*LayerNorm)/,
  ])('%s', async (pattern) => {
    const { start, frozen, still } = await both(pattern);
    expect(changedNames(frozen, still)).toEqual([]);
    const moved = changedNames(start, frozen);
    const matches = (name: string) =>
      pattern instanceof RegExp ? pattern.test(name) : globbed(pattern).test(name);
    // Of the words, those in use; of what no loss depends on, nothing.
    const expected = [...start.keys()].filter((name) => !matches(name) && !name.startsWith('pooler.'));
    expect(moved).toEqual(expected);
  });
});

/** As the patterns of the page that documents them: `*` for any characters, `{a,b}` for one of several. */
function globbed(glob: string): RegExp {
  const source = glob
    .replace(/[.]/g, '\\.')
    .replace(/\*/g, '.*')
    .replace(/\{([^}]*)\}/g, (_, list: string) => `(${list.replaceAll(',', '|')})`);
  return new RegExp(`^${source}$`);
}

describe('a scenario', () => {
  it.each([
    ['heads-only', /^heads\./],
    ['one-head', /^heads\.topic\./],
    ['top-layers', /^(heads|encoder)\./],
    ['full', /^(heads|encoder|embeddings)\./],
    ['layer-wise', /^(heads|encoder|embeddings)\./],
  ] as const)('%s moves what it says, and nothing else', async (scenario, moving) => {
    const model = await freshTiny();
    const start = await weightsOf(model);
    await eventsOf(model, { epochs: 1, scenario, learningRate: undefined });
    const moved = changedNames(start, await weightsOf(model));
    expect(moved).toEqual([...start.keys()].filter((name) => moving.test(name)));
  });
});
