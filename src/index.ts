/**
 * Sentence transformers on WebGPU, in this thread: in a page, in a worker of one's own, in Node.
 * @module tabgrad
 */

export { readDataset } from './data/dataset.ts';
export * from './exports/shared.ts';
export { unzip } from './files/zip/unzip.ts';
export { zipFiles, zipStream } from './files/zip/zip.ts';
export { SentenceTransformer } from './model/sentenceTransformer.ts';
export { Trainer } from './training/trainer.ts';
