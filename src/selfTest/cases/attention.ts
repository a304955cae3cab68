import { attention } from '../../ops/attention.ts';
import type { Bench, KernelCase } from '../bench.ts';
import { dropoutUse } from './dropoutUse.ts';

const HEADS = 2;

/** Head sizes that results are stored for. */
const headSizes = [32, 64];

/** Attention's kernels. A head's size is one of their constants: the model's own, if it is stored. */
export function attentionCases(headSize: number): KernelCase[] {
  const stored = `attention${headSizes.includes(headSize) ? headSize : headSizes[0]}`;
  const forward = { stored, kernel: 'attention', tolerance: 1e-6 };
  const backward = { stored, kernel: 'attentionBackward', part: 'train', tolerance: 2e-6 } as const;
  const given = { out: 'out', logSumExp: 'logSumExp' };
  return [
    { ...forward, part: 'embed', results: { out: 'out' }, record: (bench) => attend(bench, false) },
    {
      ...forward,
      part: 'train',
      variant: 'with dropout',
      results: { out: 'outDropout' },
      record: (bench) => attend(bench, true),
    },
    {
      ...forward,
      part: 'train',
      variant: 'with its log-sum-exp',
      results: { out: 'out', logSumExp: 'logSumExp' },
      record: (bench) => attendAndBack(bench, false),
    },
    {
      ...forward,
      part: 'train',
      variant: 'with dropout and its log-sum-exp',
      results: { out: 'outDropout', logSumExp: 'logSumExp' },
      record: (bench) => attendAndBack(bench, true),
    },
    { ...backward, given, results: { dQkv: 'dQkv' }, record: (bench) => attendAndBack(bench, false) },
    {
      ...backward,
      variant: 'with dropout',
      given,
      results: { dQkv: 'dQkvDropout' },
      record: (bench) => attendAndBack(bench, true),
    },
  ];
}

function attend(bench: Bench, drops: boolean) {
  const dropout = drops ? dropoutUse() : undefined;
  return attention(bench.tensor('qkv'), bench.packing(), HEADS, dropout);
}

function attendAndBack(bench: Bench, drops: boolean): void {
  const dropout = drops ? dropoutUse() : undefined;
  bench.backward([], (track) => {
    const out = attention(track(bench.tensor('qkv')), bench.packing(), HEADS, dropout);
    return [[out, bench.tensor('dOut')]];
  });
}
