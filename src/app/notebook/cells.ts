import type { Given, Scope } from './given.ts';
import { shownCode } from './shown.ts';

export type CellId =
  | 'load'
  | 'encode'
  | 'examples'
  | 'multiTask'
  | 'freezing'
  | 'rates'
  | 'layerWise'
  | 'predict';

/** What a cell needs of those above it, and does to the model. */
interface CellNeeds {
  /** Whose weights it works with: the published ones, any, or those that another cell has trained. */
  weights?: 'published' | 'any' | CellId;
  examples?: boolean;
  /** Whether it changes the model's weights. */
  trains?: boolean;
}

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

/** The cells in the order of the page. */
export const cells: readonly CellFacts[] = [
  cell('load', {}),
  cell('encode', { weights: 'published' }),
  cell('examples', {}),
  cell('multiTask', { weights: 'published', examples: true, trains: true }),
  cell('freezing', { weights: 'any', examples: true }),
  cell('rates', { weights: 'any', examples: true }),
  cell('layerWise', { weights: 'published', examples: true, trains: true }),
  cell('predict', { weights: 'layerWise' }),
];

function cell(id: CellId, needs: CellNeeds): CellFacts {
  const file = `./cells/${id}.ts`;
  return { id, run: runs[file]!, code: shownCode(sources[file]!), needs };
}

export function factsOf(id: CellId): CellFacts {
  return cells.find((one) => one.id === id)!;
}

/** The cell's number on the page, from 1. */
export function numberOf(id: CellId): number {
  return cells.findIndex((one) => one.id === id) + 1;
}
