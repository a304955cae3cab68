import { type CellId, factsOf } from './cells.ts';

/** The cells that have run left this behind. */
export interface Has {
  /** Whose weights the copy of the model has; 'unfinished' after a training that did not finish. */
  weights?: 'published' | 'unfinished' | CellId;
  examples: boolean;
}

export const nothing: Has = { examples: false };

/** The cells to run, in order, so that each of `ids` finds what it needs. A cell may come twice. */
export function chain(ids: readonly CellId[], start: Has): CellId[] {
  const steps: CellId[] = [];
  let has = start;
  const run = (id: CellId) => {
    const { weights, examples } = factsOf(id).needs;
    if (weights === 'any') {
      if (has.weights === undefined) run('load');
    } else if (weights !== undefined && has.weights !== weights) {
      run(weights === 'published' ? 'load' : weights);
    }
    if (examples && !has.examples) run('examples');
    steps.push(id);
    has = hasAfter(id, has);
  };
  for (const id of ids) run(id);
  return steps;
}

export function hasAfter(id: CellId, has: Has): Has {
  if (id === 'load') return { ...has, weights: 'published' };
  if (id === 'examples') return { ...has, examples: true };
  return factsOf(id).needs.trains ? { ...has, weights: id } : has;
}
