import { type GemmOptions, gemm } from '../../ops/products/gemm.ts';
import { linearGradient } from '../../ops/products/linearGradient.ts';
import { type Bench, dropout, type KernelCase } from '../bench.ts';

const tolerance = 1.8e-6;
const nt = { stored: 'gemm.nt', kernel: 'gemm', tolerance };
const nn = { stored: 'gemm.nn', kernel: 'gemm', part: 'train', tolerance } as const;
const tn = { stored: 'gemm.tn', kernel: 'gemm', part: 'train', tolerance } as const;
const small = { stored: 'gemm.small', kernel: 'gemm.small', part: 'train', tolerance: 7e-7 } as const;
const pairs = { stored: 'weightGradients', kernel: 'weightGradients', part: 'train', tolerance } as const;

/** Makes a product's options of a bench's tensors. */
type Options = (bench: Bench) => GemmOptions;

/** y = x·Wᵀ + bias, and what a linear layer puts behind it. */
const forward = (
  part: KernelCase['part'],
  what: string,
  results: KernelCase['results'],
  options?: Options,
): KernelCase => ({
  ...nt,
  part,
  variant: `A·Bᵀ + bias${what}`,
  results,
  record(bench) {
    const { a, b, bias } = bench.tensors('a', 'b', 'bias');
    gemm(a, b, { transposeB: true, bias, ...options?.(bench) });
  },
});

/** dX = dOut·W, and what the backward pass puts behind it. */
const backward = (what: string, c: string, options?: Options): KernelCase => ({
  ...nn,
  variant: `A·B${what}`,
  results: { c },
  record: (bench) => gemm(bench.tensor('a'), bench.tensor('b'), options?.(bench)),
});

/** A product of sizes that are no multiples of 4. */
const smallProduct = (variant: string, c: string, record: KernelCase['record']): KernelCase => ({
  ...small,
  variant,
  results: { c },
  record,
});

const residual: Options = (bench) => ({ residual: bench.tensor('residual') });

/** dW = dOutᵀ·X and dBias = Σ dOut. */
const weight = (a: string, b: string, adds: boolean) => ({
  variant: adds ? 'Aᵀ·B, added' : 'Aᵀ·B',
  ...(adds && { given: { c: 'before', biasGradient: 'beforeBias' } }),
  results: adds ? { c: 'weightMore', biasGradient: 'biasMore' } : { c: 'weight', biasGradient: 'bias' },
  record(bench: Bench) {
    const [dOut, x] = [bench.tensor(a), bench.tensor(b)];
    const [rows, columns] = [dOut.shape[1]!, x.shape[1]!];
    const into = bench.leaf([rows, columns]).gradient;
    gemm(dOut, x, { transposeA: true, into, biasGradient: bench.leaf([rows]).gradient, accumulate: adds });
  },
});

/** Names of stored tensors by binding of the pair's kernel. */
const ofPair = (name: (what: string) => string) =>
  Object.fromEntries(['dWeight0', 'dBias0', 'dWeight1', 'dBias1'].map((what) => [what, name(what)]));

/** Matrix products with everything around them. */
export const products: KernelCase[] = [
  forward('embed', '', { c: 'linear' }),
  forward('embed', ' + residual', { c: 'linearResidual' }, residual),
  forward('embed', ', GELU', { c: 'linearGelu' }, () => ({ gelu: true })),
  forward('train', ', GELU, kept', { c: 'linearGelu', preActivation: 'linear' }, (bench) => ({
    gelu: true,
    preActivation: bench.leaf(bench.tensor('residual').shape).gradient,
  })),
  forward('train', ', dropout, + residual', { c: 'linearDropout' }, (bench) => ({
    ...residual(bench),
    dropout,
  })),
  backward('', 'product'),
  backward(' + residual', 'productResidual', residual),
  backward(' ∘ gelu′', 'geluGradient', (bench) => ({ geluGradientAt: bench.tensor('at') })),
  { ...tn, ...weight('a', 'b', false) },
  { ...tn, ...weight('a', 'b', true) },
  smallProduct('A·Bᵀ + bias', 'linear', (bench) => {
    const { x, weight, bias } = bench.tensors('x', 'weight', 'bias');
    gemm(x, weight, { transposeB: true, bias });
  }),
  smallProduct('A·B', 'product', (bench) => gemm(bench.tensor('dOut'), bench.tensor('weight'))),
  smallProduct('A·B + residual', 'productResidual', (bench) => {
    gemm(bench.tensor('dOut'), bench.tensor('weight'), { residual: bench.tensor('sum') });
  }),
  { ...small, ...weight('dOut', 'x', false) },
  { ...small, ...weight('dOut', 'x', true) },
  {
    ...pairs,
    variant: 'two layers',
    results: ofPair((what) => what),
    record: (bench) => pair(bench, false),
  },
  {
    ...pairs,
    variant: 'two layers, added',
    given: ofPair((what) => what.replace('d', 'before')),
    results: ofPair((what) => `${what}More`),
    record: (bench) => pair(bench, true),
  },
];

/** Two linear layers' gradients, which go into one kernel. */
function pair(bench: Bench, adds: boolean): void {
  const layers = [0, 1].map((i) => ({
    x: bench.tensor(`x${i}`),
    dOut: bench.tensor(`dOut${i}`),
    weight: bench.parameter(`beforeWeight${i}`, adds),
    bias: bench.parameter(`beforeBias${i}`, adds),
  }));
  const leaves = layers.flatMap(({ weight, bias }) => [weight, bias]);
  bench.backward(leaves, () => {
    for (const { x, dOut, weight, bias } of layers)
      linearGradient(x, dOut, { weight: weight[0], bias: bias[0] });
    return [];
  });
}
