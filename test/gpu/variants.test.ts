import { describe, expect, it } from 'vitest';
import { KernelError } from '../../src/errors.ts';
import { extentOf, kernel } from '../../src/gpu/kernel.ts';
import { type Adapter, chosen, type Family, type KernelChoice } from '../../src/gpu/variants.ts';
import { attentionBackward, attentionForward } from '../../src/ops/attentionVariants.ts';
import { products, smallProducts, tilesOf } from '../../src/ops/products/productVariants.ts';
import { weightGradients } from '../../src/ops/products/weightGradientVariants.ts';

const adapter = (isSoftware: boolean, subgroupSize: number): Adapter => ({
  vendor: '',
  architecture: '',
  description: '',
  isSoftware,
  subgroupSize,
});
const families: readonly Family[] = [
  ...Object.values(products),
  attentionForward,
  attentionBackward,
  weightGradients,
];

describe('the rule', () => {
  const [tile, broadcast] = [Array(6).fill('tile'), Array(6).fill('broadcast')];
  const plain = ['register', 'register', 'register', 'tile', 'tile', 'separate'];

  it.each([
    ['a GPU', adapter(false, 0), tile],
    ['a GPU with subgroups', adapter(false, 32), tile],
    ['a software adapter with subgroups of 4', adapter(true, 4), broadcast],
    ['a software adapter with subgroups of 8', adapter(true, 8), broadcast],
    ['a software adapter without', adapter(true, 0), plain],
    ['a software adapter with subgroups of 2', adapter(true, 2), plain],
  ])('for %s', (_, adapter, expected) => {
    const choice: KernelChoice = {};
    for (const family of families) chosen(family, { adapter, choice });
    expect(Object.values(choice)).toEqual(expected);
    expect(chosen(smallProducts, { adapter, choice }).name).toBe('list');
  });

  it('yields to a choice that the adapter can run, and to no other', () => {
    const names = (subgroupSize: number, name: string) => {
      const choice: KernelChoice = { 'gemm.NT': name };
      return [chosen(products.NT, { adapter: adapter(false, subgroupSize), choice }).name, choice['gemm.NT']];
    };
    expect(names(8, 'broadcast')).toEqual(['broadcast', 'broadcast']);
    expect(names(0, 'broadcast')).toEqual(['tile', 'tile']);
    expect(names(8, 'of another version')).toEqual(['tile', 'tile']);
  });
});

describe('a family', () => {
  it.each([...families, smallProducts])(
    '$name has variants of different names, one of which runs anywhere',
    ({ variants }) => {
      expect(new Set(variants.map(({ name }) => name)).size).toBe(variants.length);
      expect(variants.some((variant) => variant.runsOn(adapter(true, 0)))).toBe(true);
    },
  );
});

describe('what a workgroup covers', () => {
  const source = `
    override SUBGROUP: u32 = 8;
    const TILE_ROWS: u32 = 64;
    override TILE_QUADS: u32 = 4 * SUBGROUP;
    // const TILE_DEPTH: u32 = 3;
  `;
  const declared = kernel('k', source, 'main');

  it('is read from the text of a kernel, with the values of its constants', () => {
    expect(extentOf(declared, 'TILE_ROWS')).toBe(64);
    expect(extentOf(declared, 'TILE_QUADS', { SUBGROUP: 16 })).toBe(64);
    expect(tilesOf(declared, 65, 256, { SUBGROUP: 16 })).toEqual([1, 2]);
  });

  it('is an error where it is not there', () => {
    expect(() => extentOf(declared, 'TILE_QUADS')).toThrow(KernelError);
    expect(() => extentOf(declared, 'TILE_DEPTH')).toThrow('k: it does not say what TILE_DEPTH is.');
  });
});
