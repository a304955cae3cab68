import { afterAll, beforeAll } from 'vitest';
import type { Engine } from '../../src/gpu/engine.ts';
import { type Family, runnable } from '../../src/gpu/variants.ts';

/** The names of all variants of these families that an engine's adapter can run. */
export function variantNames(families: readonly Family[], { adapter }: Engine): string[] {
  return [...new Set(families.flatMap((family) => runnable(family, adapter).map(({ name }) => name)))];
}

/** Within this describe an engine uses the variants of this name, in each family that has one. */
export function useVariants(engine: Engine, families: readonly Family[], name: string): void {
  let giveBack: () => void;
  beforeAll(() => {
    giveBack = takeVariants(engine, families, name);
  });
  afterAll(() => giveBack());
}

/** Has an engine use the variants of this name, in each family that has one. @returns what ends it */
export function takeVariants(engine: Engine, families: readonly Family[], name: string): () => void {
  const before = engine.choice;
  engine.choice = Object.fromEntries(families.map((family) => [family.name, name]));
  return () => {
    engine.choice = before;
  };
}

/** Has an engine take its adapter for another kind, and choose its kernels anew. */
export function pretend(engine: Engine, kind: Partial<Engine['adapter']>): Engine {
  Object.assign(engine.adapter, kind);
  engine.choice = {};
  return engine;
}
