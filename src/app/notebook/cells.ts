import type { Given, Scope } from './given.ts';
import { shownCode } from './shown.ts';

/** A cell needs this of the cells above it. `trains`: it changes the model. */
interface CellNeeds {
  /** Whose weights it works with: the published ones, any, or those that another cell has trained. */
  weights?: 'published' | 'any' | 'layerWise';
  examples?: boolean;
  trains?: boolean;
}

/** The cells in the order of the page. */
const needsOf = {
  load: {},
  encode: { weights: 'published' },
  examples: {},
  multiTask: { weights: 'published', examples: true, trains: true },
  freezing: { weights: 'any', examples: true },
  rates: { weights: 'any', examples: true },
  layerWise: { weights: 'published', examples: true, trains: true },
  predict: { weights: 'layerWise' },
} as const satisfies Record<string, CellNeeds>;

export type CellId = keyof typeof needsOf;

type Run = (given: Given) => Promise<Partial<Scope>> | Promise<void>;

export interface CellFacts {
  id: CellId;
  run: Run;
  code: string;
  needs: CellNeeds;
}

/** The files of `cells/` as the modules that run, and as the texts that are shown. */
const runs = import.meta.glob<Run>('./cells/*.ts', { eager: true, import: 'default' });
const sources = import.meta.glob<string>('./cells/*.ts', { eager: true, import: 'default', query: '?raw' });

export const cells = Object.entries<CellNeeds>(needsOf).map(([id, needs]): CellFacts => {
  const file = `./cells/${id}.ts`;
  return { id: id as CellId, run: runs[file]!, code: shownCode(sources[file]!), needs };
});

export function factsOf(id: CellId): CellFacts {
  return cells.find((one) => one.id === id)!;
}

/** The cell's number on the page, from 1. */
export function numberOf(id: CellId): number {
  return cells.findIndex((one) => one.id === id) + 1;
}
