import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../src/errors.ts';
import { parameterSettings } from '../../../src/optim/paramGroups.ts';
import {
  type Scenario,
  type ScenarioName,
  type ScenarioOptions,
  scenario,
} from '../../../src/training/options/scenarios.ts';

function checkpointNames(layers: number, heads: string[], pooler = true): string[] {
  const both = (name: string) => [`${name}.weight`, `${name}.bias`];
  const layer = ['attention.self.query', 'attention.output.dense', 'intermediate.dense', 'output.LayerNorm'];
  return [
    'embeddings.word_embeddings.weight',
    ...both('embeddings.LayerNorm'),
    ...Array.from({ length: layers }, (_, i) =>
      layer.flatMap((name) => both(`encoder.layer.${i}.${name}`)),
    ).flat(),
    ...(pooler ? both('pooler.dense') : []),
    ...heads.flatMap((head) => both(`heads.${head}`)),
  ];
}

/** Rate by the part of the model that a name begins with; a part must have one rate. */
function ratesByPart(made: Scenario, names: string[]): Record<string, number | null> {
  const settings = parameterSettings(names, { ...made, weightDecay: 0 });
  const parts: Record<string, number | null> = {};
  for (const [name, { rate }] of settings) {
    const part = /^(encoder\.layer\.\d+|embeddings|pooler|heads\..*(?=\.(weight|bias)$))/.exec(name)![0];
    if (part in parts) expect(rate).toBe(parts[part]);
    parts[part] = rate;
  }
  return parts;
}

const heads = ['topic', 'sentiment'];
const options: ScenarioOptions = { layers: 6, heads };
const rates = (name: ScenarioName, more: Partial<ScenarioOptions> = {}) => {
  const all = { ...options, ...more };
  return ratesByPart(scenario(name, all), checkpointNames(all.layers, [...all.heads]));
};
const layerRates = (parts: Record<string, number | null>) =>
  Object.entries(parts).flatMap(([part, rate]) => (part.startsWith('encoder') ? [rate] : []));

describe('scenario()', () => {
  it('full: everything at the rate of the notebook, with Adam', () => {
    expect(new Set(Object.values(rates('full')))).toEqual(new Set([1e-5]));
    expect(scenario('full', options)).toMatchObject({ name: 'full', optimizer: 'adam' });
  });

  it('frozen: nothing', () => {
    expect(new Set(Object.values(rates('frozen')))).toEqual(new Set([null]));
  });

  it('heads-only: the heads, on a frozen backbone', () => {
    const parts = rates('heads-only');
    expect(parts).toMatchObject({
      'heads.topic': 1e-3,
      'heads.sentiment': 1e-3,
      embeddings: null,
      pooler: null,
    });
    expect(layerRates(parts)).toEqual([null, null, null, null, null, null]);
  });

  it('one-head: the head that is named, else the first', () => {
    const one = rates('one-head', { head: 'sentiment' });
    expect(one).toMatchObject({
      'heads.topic': null,
      'heads.sentiment': 1e-3,
      embeddings: null,
      pooler: null,
    });
    expect(layerRates(one)).toEqual([null, null, null, null, null, null]);
    expect(rates('one-head')).toMatchObject({ 'heads.topic': 1e-3, 'heads.sentiment': null });
    expect(rates('one-head', { heads: ['topic'] })).toMatchObject({ 'heads.topic': 1e-3 });
  });

  it('one-head: takes names of heads for names, whatever is in them', () => {
    const odd = ['is it *urgent*?', '{a,b}', 'a', 'b', '(', '\u{1f600}'];
    for (const head of odd) {
      const parts = rates('one-head', { heads: odd, head });
      const trained = odd.filter((name) => parts[`heads.${name}`] !== null);
      expect(trained).toEqual([head]);
    }
  });

  it('top-layers: the last two, or as many as asked for', () => {
    const two = rates('top-layers');
    expect(layerRates(two)).toEqual([null, null, null, null, 1e-4, 1e-4]);
    expect(two).toMatchObject({ embeddings: null, pooler: null, 'heads.topic': 1e-3 });
    expect(layerRates(rates('top-layers', { top: 1 }))).toEqual([null, null, null, null, null, 1e-4]);
    const all = rates('top-layers', { top: 6 });
    expect(layerRates(all)).toEqual([1e-4, 1e-4, 1e-4, 1e-4, 1e-4, 1e-4]);
    expect(all).toMatchObject({ embeddings: null, pooler: null });
    expect(layerRates(rates('top-layers', { layers: 1 }))).toEqual([1e-4]);
  });

  it('layer-wise: the rates of the notebook, with AdamW', () => {
    const parts = rates('layer-wise');
    expect(layerRates(parts)).toEqual([5e-5, 5e-5, 5e-5, 1e-4, 1e-4, 1e-4]);
    expect(parts).toMatchObject({ embeddings: 1e-5, 'heads.topic': 1e-3, 'heads.sentiment': 1e-3 });
    expect(scenario('layer-wise', options).optimizer).toBe('adamw');
    expect(layerRates(rates('layer-wise', { layers: 12 })).filter((rate) => rate === 5e-5)).toHaveLength(6);
    expect(layerRates(rates('layer-wise', { layers: 3 }))).toEqual([5e-5, 1e-4, 1e-4]);
    expect(layerRates(rates('layer-wise', { layers: 1 }))).toEqual([1e-4]);
  });

  it('layer-wise: a factor per layer, the embeddings one below', () => {
    const parts = rates('layer-wise', { layers: 4, decay: 0.5 });
    expect(layerRates(parts)).toEqual([1.25e-5, 2.5e-5, 5e-5, 1e-4]);
    expect(parts.embeddings).toBe(6.25e-6);
    expect(parts['heads.topic']).toBe(1e-3);
    expect(new Set(layerRates(rates('layer-wise', { decay: 1 })))).toEqual(new Set([1e-4]));
  });

  it('is data that names parameters of the checkpoint', () => {
    expect(scenario('top-layers', options)).toEqual({
      name: 'top-layers',
      frozen: ['{embeddings,pooler}.*', 'encoder.layer.{0,1,2,3}.*'],
      learningRate: [
        ['encoder.layer.{4,5}.*', 1e-4],
        ['heads.*', 1e-3],
      ],
    });
    expect(structuredClone(scenario('layer-wise', options))).toEqual(scenario('layer-wise', options));
  });

  it('has no pattern that matches nothing, with a pooler or without', () => {
    const names: ScenarioName[] = ['full', 'frozen', 'heads-only', 'one-head', 'top-layers', 'layer-wise'];
    for (const name of names) {
      for (const layers of [1, 2, 3, 12]) {
        for (const pooler of [true, false]) {
          const made = scenario(name, { layers, heads });
          const named = checkpointNames(layers, heads, pooler);
          expect(() => parameterSettings(named, { ...made, weightDecay: 0 })).not.toThrow();
        }
      }
    }
  });

  it.each<[string, ScenarioName, Partial<ScenarioOptions>, string, RegExp]>([
    ['an unknown name', 'half' as ScenarioName, {}, 'name', /"half" is none.*full, frozen, heads-only/],
    ['a name of Object', 'constructor' as ScenarioName, {}, 'name', /"constructor" is none/],
    ['heads-only with no head', 'heads-only', { heads: [] }, 'heads', /needs a head.*addHead\(\)/],
    ['one-head with no head', 'one-head', { heads: [] }, 'heads', /needs a head/],
    ['a head that is not there', 'one-head', { head: 'mood' }, 'head', /no head "mood".*topic, sentiment/],
    ['more layers than there are', 'top-layers', { top: 7 }, 'top', /top is 7.*from 1 to 6/],
    ['no layers', 'top-layers', { top: 0 }, 'top', /top is 0/],
    ['half a layer', 'top-layers', { top: 1.5 }, 'top', /top is 1\.5/],
    ['a decay of NaN', 'layer-wise', { decay: Number.NaN }, 'decay', /decay is NaN.*at most 1/],
    ['a decay of 0', 'layer-wise', { decay: 0 }, 'decay', /decay is 0/],
    ['a decay above 1', 'layer-wise', { decay: 1.1 }, 'decay', /decay is 1\.1/],
    ['a model of no layers', 'full', { layers: 0 }, 'layers', /layers is 0/],
  ])('refuses %s', (_, name, more, argument, message) => {
    const making = () => scenario(name, { ...options, ...more });
    expect(making).toThrow(ArgumentError);
    expect(making).toThrow(message);
    expect(making).toThrow(expect.objectContaining({ argument }));
  });
});
