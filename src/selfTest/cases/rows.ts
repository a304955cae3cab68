import { crossEntropy } from '../../ops/crossEntropy.ts';
import { masked } from '../../ops/dropout.ts';
import { gradientSum } from '../../ops/gradients.ts';
import { layerNorm } from '../../ops/layerNorm.ts';
import { normalize } from '../../ops/normalize.ts';
import { softmax } from '../../ops/softmax.ts';
import { partialSums } from '../../ops/sums/columnSums.ts';
import { tanh } from '../../ops/tanh.ts';
import { view } from '../../tensor/tensor.ts';
import { type Bench, EXACT, type KernelCase } from '../bench.ts';
import { dropoutUse } from './dropoutUse.ts';

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
  {
    stored: 'normalize',
    part: 'embed',
    kernel: 'normalize.forward',
    results: { y: 'y' },
    tolerance: 5e-7,
    record: (bench) => normalize(bench.tensor('x')),
  },
  {
    stored: 'tanh',
    part: 'embed',
    kernel: 'tanh.forward',
    results: { y: 'y' },
    tolerance: 5e-7,
    record: (bench) => tanh(bench.tensor('x')),
  },
  {
    stored: 'softmax',
    part: 'train',
    kernel: 'softmax.forward',
    results: { y: 'y' },
    tolerance: 1e-6,
    record: (bench) => softmax(bench.tensor('x')),
  },
  {
    stored: 'crossEntropy',
    part: 'train',
    kernel: 'crossEntropy.forward',
    results: { losses: 'losses', dX: 'dX' },
    tolerance: 8e-7,
    record: (bench) => {
      const labels = bench.integers('labels');
      crossEntropy(bench.tensor('logits'), labels, 1 / labels.filter((label) => label >= 0).length);
    },
  },
  {
    stored: 'dropout',
    part: 'train',
    kernel: 'dropout',
    results: { y: 'y' },
    tolerance: EXACT,
    record: (bench) => masked(bench.tensor('x'), dropoutUse()),
  },
  {
    stored: 'add',
    part: 'train',
    kernel: 'add',
    results: { y: 'y' },
    tolerance: EXACT,
    record: (bench) => gradientSum(bench.tensor('a'), bench.tensor('b')),
  },
];

function norm(bench: Bench, x: ReturnType<Bench['tensor']>) {
  return layerNorm(x, bench.tensor('gamma'), bench.tensor('beta'), EPS);
}

function normAndBack(bench: Bench): void {
  const leaves = ['gamma', 'beta'].map((name) => {
    const parameter = bench.tensor(name);
    return [parameter, bench.leaf(parameter.shape)] as const;
  });
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
