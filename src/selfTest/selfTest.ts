import { GpuError, KernelError, throwIfAborted } from '../errors.ts';
import type { ModelState } from '../model/state.ts';
import type { SelfTestKernel, SelfTestOptions, SelfTestReport } from '../types.ts';
import { Bench, type KernelCase, recordCase } from './bench.ts';
import { attentionCases } from './cases/attention.ts';
import { optimizer } from './cases/optimizer.ts';
import { products } from './cases/products.ts';
import { rows } from './cases/rows.ts';
import { sequences } from './cases/sequences.ts';
import { loadStored, type StoredCase } from './stored.ts';
import { type ModelDifferences, tinyModelDifferences } from './tinyModel.ts';

/** The most that the tiny model may differ by: as with kernels, at most ten times what was seen. */
const modelTolerance: ModelDifferences = { embedding: 2.5e-6, loss: 2e-6, gradient: 1.5e-5 };
/** Cases in one submit on a software adapter, where kernels compile for seconds and a stop waits for the submit. */
const SOFTWARE_BATCH = 8;

/**
 * Compares every kernel that embedding and training use, and a tiny model, with stored float64 results of PyTorch on
 * the GPU of a loaded model. Each kernel starts from stored inputs, so that what is wrong is the kernel that is
 * named. The model is not touched; the kernels that it shares are compiled afterwards.
 * @throws AbortError, DeviceLostError, OutOfMemoryError
 */
export async function selfTest(
  core: ModelState,
  { part = 'all', signal }: SelfTestOptions = {},
): Promise<SelfTestReport> {
  const started = performance.now();
  throwIfAborted(signal);
  core.checkUsable();
  const { engine } = core;
  const stored = await loadStored();
  const { headSize } = core.folder.repository.encoder;
  const all = [...products, ...attentionCases(headSize), ...rows, ...sequences, ...optimizer];
  const cases = all.filter((test) => part === 'all' || test.part === part);
  const waiting = engine.buffers.bytes - engine.buffers.liveBytes;
  const kernels: SelfTestKernel[] = [];
  let model: ModelDifferences;
  try {
    const size = engine.adapter.isSoftware ? SOFTWARE_BATCH : cases.length;
    for (let first = 0; first < cases.length; first += size) {
      kernels.push(...(await testKernels(core, cases.slice(first, first + size), stored)));
      throwIfAborted(signal);
      core.checkUsable();
    }
    model = await testModel(core, stored('model'), part !== 'embed');
    throwIfAborted(signal);
  } finally {
    if (!core.isDisposed) engine.trim(waiting);
  }
  const modelPassed = (['embedding', 'loss', 'gradient'] as const).every(
    (what) => model[what] <= modelTolerance[what],
  );
  return {
    passed: modelPassed && kernels.every(({ passed }) => passed),
    kernels,
    largest: Math.max(...kernels.map(({ difference }) => difference), ...Object.values(model)),
    model,
    milliseconds: performance.now() - started,
  };
}

/** Runs cases in one submit; where that fails, one by one, to find the case that is to blame. */
async function testKernels(
  core: ModelState,
  cases: readonly KernelCase[],
  stored: (name: string) => StoredCase,
): Promise<SelfTestKernel[]> {
  try {
    return await runTogether(core, cases, stored);
  } catch (error) {
    if (!isKernelsFault(error)) throw error;
    const [only] = cases;
    if (cases.length > 1) {
      const results: SelfTestKernel[] = [];
      for (const test of cases) results.push(...(await testKernels(core, [test], stored)));
      return results;
    }
    const { kernel, variant, tolerance } = only!;
    const at = error instanceof KernelError ? error.kernel : kernel;
    const name = variant ? `${at} (${variant})` : at;
    const difference = Number.POSITIVE_INFINITY;
    return [{ name, difference, tolerance, passed: false, error: error.message }];
  }
}

async function runTogether(
  { engine }: ModelState,
  cases: readonly KernelCase[],
  stored: (name: string) => StoredCase,
): Promise<SelfTestKernel[]> {
  const benches: Bench[] = [];
  try {
    const recorded = cases.flatMap((test) => {
      const bench = new Bench(engine, stored(test.stored));
      benches.push(bench);
      const found = recordCase(test, bench);
      return found ? [{ ...found, tolerance: test.tolerance }] : [];
    });
    await engine.commands.submit();
    return await Promise.all(
      recorded.map(async ({ name, difference: promise, tolerance }) => {
        const difference = await promise;
        return { name, difference, tolerance, passed: difference <= tolerance };
      }),
    );
  } finally {
    for (const bench of benches) for (const clean of bench.cleanups) clean();
  }
}

/** Runs the tiny model. Its differences are infinite where a kernel does not run, which the cases tell. */
async function testModel(core: ModelState, stored: StoredCase, trains: boolean): Promise<ModelDifferences> {
  try {
    return await tinyModelDifferences(core, stored, trains);
  } catch (error) {
    if (!isKernelsFault(error)) throw error;
    const off = Number.POSITIVE_INFINITY;
    return { embedding: off, loss: trains ? off : 0, gradient: trains ? off : 0 };
  }
}

function isKernelsFault(error: unknown): error is KernelError | GpuError {
  return error instanceof KernelError || error instanceof GpuError;
}
