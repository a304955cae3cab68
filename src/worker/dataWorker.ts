import { expose, releaseProxy } from 'comlink';
import { readDataset } from '../text/dataset.ts';
import { filesOf, piecesOf } from '../weights/fileParts.ts';
import { unzip } from '../weights/unzip.ts';
import { zipStream } from '../weights/zip.ts';
import { carryErrors } from './errorTransfer.ts';
import type { RemoteParts } from './zipModel.ts';

const api = { readDataset, unzip, zip };

/** What reads and packs files, in a worker of its own: it needs no model and holds up nobody. */
export type DataApi = typeof api;

carryErrors();
expose(api);

/** Asks for the files part by part. Each piece of the zip becomes a Blob at once: the bytes are the browser's to keep. */
async function zip(next: RemoteParts, folder: string): Promise<Blob> {
  const pieces: Blob[] = [];
  try {
    const zipped = zipStream(filesOf(partsFrom(next)), folder);
    for await (const piece of piecesOf(zipped)) pieces.push(new Blob([piece]));
  } finally {
    next[releaseProxy]();
  }
  return new Blob(pieces, { type: 'application/zip' });
}

async function* partsFrom(next: RemoteParts) {
  for (let part = await next(); part; part = await next()) yield part;
}
