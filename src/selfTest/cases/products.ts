import { type GemmOptions, gemm } from '../../ops/products/gemm.ts';
import { linearGradient } from '../../ops/products/linearGradient.ts';
import type { Bench, KernelCase } from '../bench.ts';
import { dropoutUse } from './dropoutUse.ts';

/** Makes a product's options of a bench's tensors. */
type Options = (bench: Bench) => GemmOptions;

const tolerance = 1.8e-6;

const nt = { stored: 'gemm.nt', kernel: 'gemm', tolerance };
const nn = { stored: 'gemm.nn', kernel: 'gemm', part: 'train', tolerance } as const;
const small = { stored: 'gemm.small', kernel: 'gemm.small', part: 'train', tolerance: 7e-7 } as const;

/** y = x·Wᵀ + bias, and what a linear layer puts behind it. */
const forward = (options: Options) => (bench: Bench) => {
  const { a, b, bias } = tensors(bench, 'a', 'b', 'bias');
  gemm(a, b, { transposeB: true, bias, ...options(bench) });
};

const residual: Options = (bench) => ({ residual: bench.tensor('residual') });
const saved: Options = (bench) => ({ gelu: true, preActivation: emptyLike(bench) });

/** dX = dOut·W, and what the backward pass puts behind it. */
const back = (options: Options) => (bench: Bench) => {
  const { a, b } = tensors(bench, 'a', 'b');
  gemm(a, b, options(bench));
};

/** dW = dOutᵀ·X and dBias = Σ dOut. */
const alone = (a: string, b: string, accumulate: boolean) => (bench: Bench) => {
  const rows = bench.tensor(a).shape[1]!;
  const columns = bench.tensor(b).shape[1]!;
  gemm(bench.tensor(a), bench.tensor(b), {
    transposeA: true,
    into: bench.leaf([rows, columns]).gradient,
    biasGradient: bench.leaf([rows]).gradient,
    accumulate,
  });
};

const weight = { results: { c: 'weight', biasGradient: 'bias' } };
const weightMore = {
  given: { c: 'before', biasGradient: 'beforeBias' },
  results: { c: 'weightMore', biasGradient: 'biasMore' },
};

/** Matrix products with everything around them. */
export const products: KernelCase[] = [
  { ...nt, part: 'embed', variant: 'A·Bᵀ + bias', results: { c: 'linear' }, record: forward(() => ({})) },
  {
    ...nt,
    part: 'embed',
    variant: 'A·Bᵀ + bias + residual',
    results: { c: 'linearResidual' },
    record: forward(residual),
  },
  {
    ...nt,
    part: 'embed',
    variant: 'A·Bᵀ + bias, GELU',
    results: { c: 'linearGelu' },
    record: forward(() => ({ gelu: true })),
  },
  {
    ...nt,
    part: 'train',
    variant: 'A·Bᵀ + bias, GELU, kept',
    results: { c: 'linearGelu', preActivation: 'linear' },
    record: forward(saved),
  },
  {
    ...nt,
    part: 'train',
    variant: 'A·Bᵀ + bias, dropout, + residual',
    results: { c: 'linearDropout' },
    record: forward((bench) => ({ ...residual(bench), dropout: dropoutUse() })),
  },
  { ...nn, variant: 'A·B', results: { c: 'product' }, record: back(() => ({})) },
  { ...nn, variant: 'A·B + residual', results: { c: 'productResidual' }, record: back(residual) },
  {
    ...nn,
    variant: 'A·B ∘ gelu′',
    results: { c: 'geluGradient' },
    record: back((bench) => ({ geluGradientAt: bench.tensor('at') })),
  },
  {
    ...weight,
    stored: 'gemm.tn',
    part: 'train',
    kernel: 'gemm',
    variant: 'Aᵀ·B',
    tolerance,
    record: alone('a', 'b', false),
  },
  {
    ...weightMore,
    stored: 'gemm.tn',
    part: 'train',
    kernel: 'gemm',
    variant: 'Aᵀ·B, added',
    tolerance,
    record: alone('a', 'b', true),
  },
  {
    ...small,
    variant: 'A·Bᵀ + bias',
    results: { c: 'linear' },
    record: (bench) => {
      const { x, weight, bias } = tensors(bench, 'x', 'weight', 'bias');
      gemm(x, weight, { transposeB: true, bias });
    },
  },
  {
    ...small,
    variant: 'A·B',
    results: { c: 'product' },
    record: (bench) => gemm(bench.tensor('dOut'), bench.tensor('weight')),
  },
  {
    ...small,
    variant: 'A·B + residual',
    results: { c: 'productResidual' },
    record: (bench) => gemm(bench.tensor('dOut'), bench.tensor('weight'), { residual: bench.tensor('sum') }),
  },
  { ...small, ...weight, variant: 'Aᵀ·B', record: alone('dOut', 'x', false) },
  { ...small, ...weightMore, variant: 'Aᵀ·B, added', record: alone('dOut', 'x', true) },
  {
    stored: 'weightGradients',
    part: 'train',
    kernel: 'weightGradients',
    variant: 'two layers',
    results: { dWeight0: 'dWeight0', dBias0: 'dBias0', dWeight1: 'dWeight1', dBias1: 'dBias1' },
    tolerance,
    record: (bench) => pair(bench, false),
  },
  {
    stored: 'weightGradients',
    part: 'train',
    kernel: 'weightGradients',
    variant: 'two layers, added',
    given: {
      dWeight0: 'beforeWeight0',
      dBias0: 'beforeBias0',
      dWeight1: 'beforeWeight1',
      dBias1: 'beforeBias1',
    },
    results: {
      dWeight0: 'dWeight0More',
      dBias0: 'dBias0More',
      dWeight1: 'dWeight1More',
      dBias1: 'dBias1More',
    },
    tolerance,
    record: (bench) => pair(bench, true),
  },
];

/** Two linear layers' gradients, which go into one kernel. */
function pair(bench: Bench, adds: boolean): void {
  const layers = [0, 1].map((i) => ({
    x: bench.tensor(`x${i}`),
    dOut: bench.tensor(`dOut${i}`),
    weight: bench.tensor(`beforeWeight${i}`),
    bias: bench.tensor(`beforeBias${i}`),
  }));
  const leaves = layers.flatMap(({ weight, bias }) =>
    [weight, bias].map((parameter) => [parameter, bench.leaf(parameter.shape, adds)] as const),
  );
  bench.backward(leaves, () => {
    for (const { x, dOut, weight, bias } of layers) linearGradient(x, dOut, { weight, bias });
    return [];
  });
}

function emptyLike(bench: Bench) {
  return bench.leaf(bench.tensor('residual').shape).gradient;
}

function tensors<Name extends string>(bench: Bench, ...names: Name[]) {
  return Object.fromEntries(names.map((name) => [name, bench.tensor(name)])) as Record<
    Name,
    ReturnType<Bench['tensor']>
  >;
}
