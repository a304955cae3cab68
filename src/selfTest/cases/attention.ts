import { attention } from '../../ops/attention.ts';
import type { DropoutUse } from '../../ops/dropout.ts';
import { type Bench, dropout, type KernelCase } from '../bench.ts';

const HEADS = 2;

/** Head sizes that results are stored for. */
const headSizes = [32, 64];

/** Attention's kernels. A head's size is one of their constants: the model's own, if it is stored. */
export function attentionCases(headSize: number): KernelCase[] {
  const stored = `attention${headSizes.includes(headSize) ? headSize : headSizes[0]}`;
  const forward = { stored, kernel: 'attention', tolerance: 1e-6 };
  const kept = { out: 'out', logSumExp: 'logSumExp' };
  const backward = {
    ...forward,
    kernel: 'attentionBackward',
    part: 'train',
    given: kept,
    tolerance: 2e-6,
  } as const;
  const inTraining = (
    variant: string,
    results: KernelCase['results'],
    record: KernelCase['record'],
  ): KernelCase => ({ ...forward, part: 'train', variant, results, record });
  return [
    { ...forward, part: 'embed', results: { out: 'out' }, record: attend() },
    inTraining('with dropout', { out: 'outDropout' }, attend(dropout)),
    inTraining('with its log-sum-exp', kept, attendAndBack()),
    inTraining('with dropout and its log-sum-exp', { ...kept, out: 'outDropout' }, attendAndBack(dropout)),
    { ...backward, results: { dQkv: 'dQkv' }, record: attendAndBack() },
    {
      ...backward,
      variant: 'with dropout',
      results: { dQkv: 'dQkvDropout' },
      record: attendAndBack(dropout),
    },
  ];
}

const attend = (drop?: DropoutUse) => (bench: Bench) =>
  attention(bench.tensor('qkv'), bench.packing(), HEADS, drop);

const attendAndBack = (drop?: DropoutUse) => (bench: Bench) =>
  bench.backward([], (track) => {
    const out = attention(track(bench.tensor('qkv')), bench.packing(), HEADS, drop);
    return [[out, bench.tensor('dOut')]];
  });
