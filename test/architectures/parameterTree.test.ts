import { describe, expect, it } from 'vitest';
import { branchPattern, groupOf, layerPattern, layersOf } from '../../src/architectures/parameterTree.ts';
import { parameterSettings } from '../../src/optim/paramGroups.ts';
import { matchPattern } from '../../src/optim/patterns.ts';
import { scenario } from '../../src/training/options/scenarios.ts';
import type { ParameterTree } from '../../src/types.ts';

/** A family whose names are nothing like BERT's. */
const tree: ParameterTree = {
  embeddings: ['emb.words', 'final_norm'],
  layers: 'blocks',
  unused: ['head.dense', 'lm'],
};
const names = [
  'emb.words.weight',
  'blocks.0.w',
  'blocks.1.w',
  'blocks.10.w',
  'final_norm.weight',
  'lm.bias',
  'heads.topic.weight',
];

describe('a tree of parameters', () => {
  it('tells the group of a name', () => {
    expect(names.slice(0, 6).map((name) => groupOf(tree, name))).toEqual([
      'embeddings',
      0,
      1,
      10,
      'embeddings',
      'unused',
    ]);
    expect(groupOf(tree, 'lmx.bias')).toBe('embeddings');
    expect(layersOf(tree, names)).toBe(3);
    expect(layersOf(tree, [])).toBe(0);
  });

  it('gives patterns for its branches', () => {
    expect(branchPattern(['a'])).toBe('a.*');
    expect(branchPattern(tree.embeddings)).toBe('{emb.words,final_norm}.*');
    expect(layerPattern(tree, [1])).toBe('blocks.1.*');
    expect(matchPattern(layerPattern(tree, [1]), names, 'test')).toEqual(['blocks.1.w']);
    expect(matchPattern(layerPattern(tree, [0, 10]), names, 'test')).toEqual(['blocks.0.w', 'blocks.10.w']);
    expect(matchPattern(branchPattern(tree.unused), names, 'test')).toEqual(['lm.bias']);
  });

  it('is what scenarios go by', () => {
    const of = (name: Parameters<typeof scenario>[0]) => {
      const named = names.filter((name) => !name.startsWith('blocks.10.'));
      const made = scenario(name, { layers: 2, heads: ['topic'], top: 1, parameterTree: tree });
      const settings = parameterSettings(named, { ...made, weightDecay: 0 });
      return [...settings.values()].map(({ rate }) => rate);
    };
    expect(of('layer-wise')).toEqual([1e-5, 5e-5, 1e-4, 1e-5, 1e-5, 1e-3]);
    expect(of('top-layers')).toEqual([null, null, 1e-4, null, null, 1e-3]);
    expect(of('heads-only')).toEqual([null, null, null, null, null, 1e-3]);
  });
});
