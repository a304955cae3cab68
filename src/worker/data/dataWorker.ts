import { expose, type ProxyMarked, type Remote, releaseProxy } from 'comlink';
import { readDataset } from '../../data/dataset.ts';
import { type FilePart, filesOf } from '../../files/fileParts.ts';
import { unzip } from '../../files/zip/unzip.ts';
import { zipBlob } from '../../files/zip/zip.ts';
import { carryErrors } from '../errorTransfer.ts';

/** Gives the next part of the files, undefined behind the last one. */
export type NextPart = () => Promise<FilePart | undefined>;
/** The same function as this worker holds it. */
export type RemoteParts = Remote<NextPart & ProxyMarked>;

/** Reads and packs files in a worker of its own, which needs no model and holds up nobody. */
const api = { readDataset, unzip, zip };
export type DataApi = typeof api;

carryErrors();
expose(api);

/** Makes a zip of the files that `next` gives part by part; it unpacks to `folder`. */
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
