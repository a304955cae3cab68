import { expose, releaseProxy } from 'comlink';
import { readDataset } from '../../data/dataset.ts';
import { filesOf } from '../../files/fileParts.ts';
import { unzip } from '../../files/zip/unzip.ts';
import { zipBlob } from '../../files/zip/zip.ts';
import { carryErrors } from '../errorTransfer.ts';
import type { DataApi, RemoteParts } from './api.ts';

/** Reads and packs files in a worker of its own, which needs no model and holds up nobody. */
const api: DataApi = { readDataset, unzip, zip };

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
