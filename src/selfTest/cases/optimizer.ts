import { Adam } from '../../optim/adam.ts';
import type { TrainableParameter } from '../../optim/arena.ts';
import { recordGradientNorm } from '../../optim/clip.ts';
import type { OptimizerKind } from '../../optim/optimizerKind.ts';
import { clearSlice, Trainable } from '../../optim/trainable.ts';
import { fromData, type Tensor, view } from '../../tensor/tensor.ts';
import { type Bench, EXACT, type KernelCase } from '../bench.ts';

/** Rate and decay of the stored results. */
const setting = { rate: 1e-2, weightDecay: 0.1 };
const tolerance = 5e-7;
/** The norm is 2 and clipped to 1, so the gradient counts half. */
const status = [2, 0.5, 1, 0];
const finish = { stored: 'finish', part: 'train', kernel: 'gradientNorm.finish', tolerance: 1e-6 } as const;

/** Kernels that run after the backward pass. */
export const optimizer: KernelCase[] = [
  {
    stored: 'sumSquares',
    part: 'train',
    kernel: 'gradientNorm.sumSquares',
    given: { gradient: 'gradient' },
    results: { sums: 'total' },
    summed: 3,
    tolerance,
    record: (bench) => gradientNorm(bench, bench.tensor('gradient')),
  },
  {
    ...finish,
    given: { allSums: 'sums', shrinkage: 'shrinkage' },
    results: { status: 'status', shrinkage: 'shrinkage' },
    record: finishNorm,
  },
  {
    ...finish,
    variant: 'a gradient that is no number stops',
    given: { allSums: [Number.POSITIVE_INFINITY] },
    results: { status: 'halted' },
    skip: 2,
    record: finishNorm,
  },
  adamCase('adamw'),
  adamCase('adam'),
  {
    ...adamCase('adamw'),
    variant: 'stopped',
    given: { gradient: 'update.g', m: 'update.m', v: 'update.v', status: [2, 0.5, 0, 1] },
    results: { parameter: 'update.before' },
    tolerance: EXACT,
  },
  adamCase('adamw', 'Floats'),
  adamCase('adam', 'Floats'),
  {
    stored: 'clear',
    part: 'train',
    kernel: 'optim.clear',
    given: { y: 'y' },
    results: { y: 'y' },
    tolerance: EXACT,
    record: (bench) => clearSlice(bench.engine, bench.leaf(bench.tensor('y').shape).gradient.slice),
  },
  {
    stored: 'decayRows',
    part: 'train',
    kernel: 'adam.decayRows',
    given: { shrinkage: 'shrinkage' },
    results: { parameter: 'parameter' },
    tolerance: EXACT,
    record: (bench) => {
      const rows = Uint32Array.from(bench.stored.integers('used'));
      const adam = adamOf(bench, [{ name: 'p', tensor: bench.tensor('p'), rows }], 'adamw');
      adam.step();
      adam.finish();
    },
  },
];

/** @param of 'Floats' for the kernel whose parts begin anywhere */
function adamCase(kind: OptimizerKind, of = ''): KernelCase {
  const input = `update${of}`;
  const result = (name: string) => `${input}.${name}${kind === 'adam' ? 'Adam' : ''}`;
  const moments = { [`m${of}`]: `${input}.m`, [`v${of}`]: `${input}.v` };
  return {
    stored: 'adam',
    part: 'train',
    kernel: `adam.${input}`,
    variant: kind === 'adam' ? 'Adam' : 'AdamW',
    given: { [`gradient${of}`]: `${input}.g`, ...moments, status },
    results: { [`parameter${of}`]: result('parameter'), [`m${of}`]: result('m'), [`v${of}`]: result('v') },
    tolerance,
    record: (bench) => (of ? updateFloats(bench, kind) : update(bench, kind)),
  };
}

function update(bench: Bench, kind: OptimizerKind): void {
  const parameters = [{ name: 'p', tensor: bench.tensor('update.p') }];
  adamOf(bench, parameters, kind).step();
}

/** Two neighbours in memory, the second of which begins in the middle of a vec4. */
function updateFloats(bench: Bench, kind: OptimizerKind): void {
  const { engine } = bench;
  const { slice, size } = bench.tensor('updateFloats.p');
  const first = { name: 'first', tensor: view(engine, slice, [3]) };
  const second = { name: 'second', tensor: view(engine, { ...slice, offset: 12 }, [size - 3]) };
  adamOf(bench, [first, second], kind).step();
}

function adamOf(bench: Bench, parameters: TrainableParameter[], kind: OptimizerKind): Adam {
  const settings = new Map(parameters.map(({ name }) => [name, setting]));
  return new Adam(trainableOf(bench, parameters), settings, { kind });
}

function trainableOf(bench: Bench, parameters: readonly TrainableParameter[]): Trainable {
  const trainable = new Trainable(bench.engine, parameters);
  bench.cleanups.push(() => trainable.dispose());
  return trainable;
}

function gradientNorm(bench: Bench, tensor: Tensor): void {
  recordGradientNorm(trainableOf(bench, [{ name: 'p', tensor }]), steps(bench), 1);
}

/** The second pass of a norm, over the 70 sums of a gradient of 70 × 4,096 numbers, which is not written. */
function finishNorm(bench: Bench): void {
  const { slice, size } = bench.tensor('sums');
  gradientNorm(bench, view(bench.engine, slice, [4096 * size]));
}

/** [step, keep, decay, root] of the one parameter, as in shaders/adam.wgsl. */
function steps({ engine }: Bench) {
  const { rate, weightDecay } = setting;
  return fromData(engine, Float32Array.of(rate, 1 - rate * weightDecay, 0, 1), [1, 4]);
}
