import { expose } from 'comlink';
import { readDataset } from '../text/dataset.ts';
import { unzip } from '../weights/unzip.ts';
import { zipFiles } from '../weights/zip.ts';
import { carryErrors } from './errorTransfer.ts';

const api = { readDataset, zipFiles, unzip };

/** What reads and packs files, in a worker of its own: it needs no model and holds up nobody. */
export type DataApi = typeof api;

carryErrors();
expose(api);
