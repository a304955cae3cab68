import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { build } from 'vite';
import { hang } from '../hang.ts';
import type { Report } from './hunt.ts';
import type { Answer, Order } from './worker.ts';

/** A heap that holds the test's own code and what one input may take, and not much more. Megabytes. */
const HEAP = 96;
/**
 * Milliseconds without a new input after which a reader hangs: it is named before the test's own limit ends the
 * test.
 */
const STILL = hang / 2;

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The readers and their inputs as one file that a plain thread can run. */
export async function bundleHunts(): Promise<{ file: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'tabgrad-fuzz-'));
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: here('worker.ts'),
      outDir: folder,
      emptyOutDir: true,
      target: 'es2022',
      minify: false,
      rolldownOptions: { output: { entryFileNames: 'worker.mjs', codeSplitting: false } },
    },
  });
  return { file: join(folder, 'worker.mjs'), remove: () => rm(folder, { recursive: true }) };
}

/**
 * Runs a hunt in a thread with a small heap. A reader that hangs or takes all memory ends the thread, not the tests.
 * @throws an Error that says what was found
 */
export async function huntInWorker(
  file: string,
  order: Omit<Order, 'progress' | 'fixtures'>,
): Promise<Report> {
  const progress = new Int32Array(new SharedArrayBuffer(4));
  const fixtures = here('../../fixtures/models');
  const worker = new Worker(file, {
    workerData: { ...order, fixtures, progress } satisfies Order,
    resourceLimits: { maxOldGenerationSizeMb: HEAP },
  });
  const where = () => `${order.family}, seed ${order.seed}, input ${Atomics.load(progress, 0)}`;
  let [seen, since] = [-1, performance.now()];
  let watch: ReturnType<typeof setInterval> | undefined;
  try {
    const answer = await new Promise<Answer>((resolve, reject) => {
      watch = setInterval(() => {
        const now = Atomics.load(progress, 0);
        if (now !== seen) [seen, since] = [now, performance.now()];
        else if (performance.now() - since > STILL) reject(new Error(`A reader hangs (${where()}).`));
      }, 500);
      worker.once('message', resolve);
      worker.once('error', (error) => reject(new Error(`${String(error)} (${where()})`)));
      worker.once('exit', (code) => reject(new Error(`The thread ended with ${code} (${where()}).`)));
    });
    if ('failure' in answer) throw new Error(`${where()}: ${answer.failure}`);
    return answer.report;
  } finally {
    clearInterval(watch);
    await worker.terminate();
  }
}
