import encode from './cells/encode.ts';
import encodeSource from './cells/encode.ts?raw';
import examples from './cells/examples.ts';
import examplesSource from './cells/examples.ts?raw';
import freezing from './cells/freezing.ts';
import freezingSource from './cells/freezing.ts?raw';
import layerWise from './cells/layerWise.ts';
import layerWiseSource from './cells/layerWise.ts?raw';
import load from './cells/load.ts';
import loadSource from './cells/load.ts?raw';
import multiTask from './cells/multiTask.ts';
import multiTaskSource from './cells/multiTask.ts?raw';
import predict from './cells/predict.ts';
import predictSource from './cells/predict.ts?raw';
import rates from './cells/rates.ts';
import ratesSource from './cells/rates.ts?raw';
import type { Given, Scope } from './given.ts';
import { shownCode } from './shown.ts';

/** The cells' code, each file twice: as the module that runs and as the text that is shown. */

export type CellId =
  | 'load'
  | 'encode'
  | 'examples'
  | 'multiTask'
  | 'freezing'
  | 'rates'
  | 'layerWise'
  | 'predict';

export interface CellFacts {
  id: CellId;
  run: (given: Given) => Promise<Partial<Scope>> | Promise<void>;
  code: string;
  needs: {
    /** Whose weights it works with: the published ones, any, or those that another cell has trained. */
    weights?: 'published' | 'any' | CellId;
    examples?: boolean;
  };
  /** Whether it changes the model's weights. */
  trains: boolean;
}

function cell(
  id: CellId,
  run: CellFacts['run'],
  source: string,
  needs: CellFacts['needs'],
  trains = false,
): CellFacts {
  return { id, run, code: shownCode(source), needs, trains };
}

/** In the order of the page. */
export const cells: readonly CellFacts[] = [
  cell('load', load, loadSource, {}),
  cell('encode', encode, encodeSource, { weights: 'published' }),
  cell('examples', examples, examplesSource, {}),
  cell('multiTask', multiTask, multiTaskSource, { weights: 'published', examples: true }, true),
  cell('freezing', freezing, freezingSource, { weights: 'any', examples: true }),
  cell('rates', rates, ratesSource, { weights: 'any', examples: true }),
  cell('layerWise', layerWise, layerWiseSource, { weights: 'published', examples: true }, true),
  cell('predict', predict, predictSource, { weights: 'layerWise' }),
];

export function factsOf(id: CellId): CellFacts {
  return cells.find((one) => one.id === id)!;
}

/** Its number on the page, from 1. */
export function numberOf(id: CellId): number {
  return cells.findIndex((one) => one.id === id) + 1;
}
