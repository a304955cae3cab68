import { expose, releaseProxy } from 'comlink';
import { readDataset } from '../../data/dataset.ts';
import { filesOf } from '../../files/fileParts.ts';
import { unzip } from '../../files/zip/unzip.ts';
import { zipBlob } from '../../files/zip/zip.ts';
import { carryErrors } from '../errorTransfer.ts';
import type { RemoteParts } from './zipModel.ts';

const api = { readDataset, unzip, zip };

/** What reads and packs files, in a worker of its own: it needs no model and holds up nobody. */
export type DataApi = typeof api;

carryErrors();
expose(api);

/** Asks for the files part by part. */
async function zip(next: RemoteParts, folder: string): Promise<Blob> {
  try {
    return await zipBlob(filesOf(partsFrom(next)), folder);
  } finally {
    next[releaseProxy]();
  }
}

async function* partsFrom(next: RemoteParts) {
  for (let part = await next(); part; part = await next()) yield part;
}
