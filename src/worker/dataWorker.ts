import { expose } from 'comlink';
import { readDataset } from '../text/dataset.ts';
import { carryErrors } from './errorTransfer.ts';

const api = { readDataset };

/** What reads files of examples, in a worker of its own: it needs no model and holds up nobody. */
export type DataApi = typeof api;

carryErrors();
expose(api);
