/** tabgrad: sentence transformers on WebGPU. */
export * from './errors.ts';
export { SentenceTransformer } from './sentenceTransformer.ts';
export { similarity } from './similarity.ts';
export type * from './types.ts';
