import { fileURLToPath } from 'node:url';
import { SentenceTransformer } from '../../src/model/sentenceTransformer.ts';

/** The real weights, where the set-up puts them. */
export const miniLmFolder = fileURLToPath(new URL('../../public/weights/all-MiniLM-L6-v2', import.meta.url));

let loaded: Promise<SentenceTransformer> | undefined;

/** One model for all tests of a process. */
export function miniLm(): Promise<SentenceTransformer> {
  loaded ??= SentenceTransformer.fromPretrained(miniLmFolder, { gpu: globalThis.testGpu });
  return loaded;
}
