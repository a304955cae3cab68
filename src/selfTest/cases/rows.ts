import { crossEntropy } from '../../ops/crossEntropy.ts';
import { masked } from '../../ops/dropout.ts';
import { gradientSum } from '../../ops/gradients.ts';
import { layerNorm } from '../../ops/layerNorm.ts';
import { normalize } from '../../ops/normalize.ts';
import { softmax } from '../../ops/softmax.ts';
import { partialSums } from '../../ops/sums/columnSums.ts';
import { tanh } from '../../ops/tanh.ts';
import { view } from '../../tensor/tensor.ts';
import { type Bench, dropout, EXACT, type KernelCase } from '../bench.ts';

/** As scripts/fixtures/selfTest.py has it. */
export const EPS = 1e-12;
const layerNormCase = { stored: 'layerNorm', tolerance: 1.5e-6 } as const;
const columnSums = { stored: 'columnSums', part: 'train', kernel: 'columnSums', tolerance: 6e-7 } as const;

/** Kernels that go over rows or single numbers. */
export const rows: KernelCase[] = [
  {
    ...layerNormCase,
    part: 'embed',
    kernel: 'layerNorm.forward',
    results: { y: 'y' },
    record: (bench) => norm(bench, bench.tensor('x')),
  },
  {
    ...layerNormCase,
    part: 'train',
    kernel: 'layerNorm.forward',
    variant: 'with its statistics',
    results: { y: 'y', statistics: 'statistics' },
    record: normAndBack,
  },
  {
    ...layerNormCase,
    part: 'train',
    kernel: 'layerNorm.backward',
    given: { savedStatistics: 'statistics' },
    results: { dX: 'dX', partials: 'partials' },
    record: normAndBack,
  },
  {
    ...columnSums,
    given: { partials: 'partials' },
    results: { gradients: 'sums' },
    record: (bench) => sumColumns(bench, false),
  },
  {
    ...columnSums,
    variant: 'added',
    given: { partials: 'partials', gradients: 'before' },
    results: { gradients: 'sumsMore' },
    record: (bench) => sumColumns(bench, true),
  },
  plain('normalize.forward', 'embed', 5e-7, (bench) => normalize(bench.tensor('x'))),
  plain('tanh.forward', 'embed', 5e-7, (bench) => tanh(bench.tensor('x'))),
  plain('softmax.forward', 'train', 1e-6, (bench) => softmax(bench.tensor('x'))),
  {
    stored: 'crossEntropy',
    part: 'train',
    kernel: 'crossEntropy.forward',
    results: { losses: 'losses', dX: 'dX' },
    tolerance: 8e-7,
    record: (bench) => {
      const labels = bench.stored.integers('labels');
      crossEntropy(bench.tensor('logits'), labels, 1 / labels.filter((label) => label >= 0).length);
    },
  },
  plain('dropout', 'train', EXACT, (bench) => masked(bench.tensor('x'), dropout)),
  plain('add', 'train', EXACT, (bench) => gradientSum(bench.tensor('a'), bench.tensor('b'))),
];

/** A kernel whose result is y, stored under its name. */
function plain(
  kernel: string,
  part: KernelCase['part'],
  tolerance: number,
  record: KernelCase['record'],
): KernelCase {
  return { stored: kernel.replace('.forward', ''), part, kernel, results: { y: 'y' }, tolerance, record };
}

function norm(bench: Bench, x: ReturnType<Bench['tensor']>) {
  return layerNorm(x, bench.tensor('gamma'), bench.tensor('beta'), EPS);
}

function normAndBack(bench: Bench): void {
  const leaves = ['gamma', 'beta'].map((name) => bench.parameter(name));
  bench.backward(leaves, (track) => [[norm(bench, track(bench.tensor('x'))), bench.tensor('dOut')]]);
}

/** The sums behind five groups of four rows, for a scale and a shift whose gradients lie in one block. */
function sumColumns(bench: Bench, adds: boolean): void {
  const { engine } = bench;
  const both = bench.tensor('before');
  const width = both.shape[1]!;
  const { gradient } = bench.leaf(both.shape);
  const halves = [0, 1].map((i) => {
    const slice = { ...gradient.slice, offset: 4 * i * width, bytes: 4 * width };
    const parameter = view(engine, both.slice, [width]);
    return [parameter, { gradient: view(engine, slice, [width]), written: adds }] as const;
  });
  bench.backward(halves, () => {
    partialSums(halves[0]![0], halves[1]![0], 20);
    return [];
  });
}
