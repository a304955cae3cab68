import { resolve } from 'node:path';
import { build } from 'vite';
import { root } from './server.ts';

/** Builds the bare page in `door/`, which hands the library to a test. @param folder relative to the repository */
export async function buildDoor(folder: string): Promise<void> {
  await build({
    root: resolve(root, 'test/page/door'),
    configFile: false,
    logLevel: 'error',
    base: './',
    publicDir: false,
    worker: { format: 'es' },
    build: { outDir: resolve(root, folder), emptyOutDir: true, target: 'es2022' },
  });
}
