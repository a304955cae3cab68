import type { ProxyMarked, Remote } from 'comlink';
import type { readDataset } from '../../data/dataset.ts';
import type { FilePart } from '../../files/fileParts.ts';
import type { unzip } from '../../files/zip/unzip.ts';

/** Gives the next part of the files, undefined behind the last one. */
export type NextPart = () => Promise<FilePart | undefined>;
/** The same function as the data worker holds it. */
export type RemoteParts = Remote<NextPart & ProxyMarked>;

/** What the data worker answers. */
export interface DataApi {
  readDataset: typeof readDataset;
  unzip: typeof unzip;
  /** A zip of the files that `next` gives part by part; it unpacks to `folder`. */
  zip(next: RemoteParts, folder: string): Promise<Blob>;
}
