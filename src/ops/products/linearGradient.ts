import type { Engine } from '../../gpu/engine.ts';
import type { Constants, Kernel } from '../../gpu/kernel.ts';
import { chosen } from '../../gpu/variants.ts';
import { atEnd, gradientToWrite, hold, letGo } from '../../tensor/autograd.ts';
import { discard } from '../../tensor/scope.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { run } from '../run.ts';
import { scratch } from '../scratch.ts';
import { gemm } from './gemm.ts';
import { tilesOf } from './productVariants.ts';
import { weightGradients } from './weightGradientVariants.ts';

/** A linear layer's parameters, in PyTorch's layout. */
export interface LinearParameters {
  /** [out, in] */
  weight: Tensor;
  /** [out] */
  bias: Tensor;
}

/** Work to do: dWeight = dOutᵀ·X and, where the bias trains, dBias = Σ dOut over the rows. */
interface Job {
  x: Tensor;
  dOut: Tensor;
  dWeight: Tensor;
  dBias: Tensor | undefined;
  accumulate: boolean;
}

/** The layer that waits for another. */
const waiting = new WeakMap<Engine, Job>();

/**
 * Computes the gradients of a linear layer's weight and bias. Where there is a kernel for pairs of layers, a layer
 * waits for the next one, or for the end of the backward pass.
 * @param x [T, in]
 * @param dOut [T, out]
 */
export function linearGradient(x: Tensor, dOut: Tensor, { weight, bias }: LinearParameters): void {
  const { engine } = x;
  const ofWeight = gradientToWrite(weight);
  const ofBias = gradientToWrite(bias);
  const dBias = ofBias?.gradient;
  if (!ofWeight) {
    if (!ofBias) return;
    // A bias that trains under a frozen weight: the weight's gradient is computed too, and thrown away.
    const dWeight = empty(engine, weight.shape);
    alone({ x, dOut, dWeight, dBias, accumulate: ofBias.accumulate });
    discard(dWeight);
    return;
  }
  const job = { x, dOut, dWeight: ofWeight.gradient, dBias, accumulate: ofWeight.accumulate };
  const { pair, constants } = chosen(weightGradients, engine);
  const first = waiting.get(engine);
  if (!pair || weight.shape.some((size) => size % 4 !== 0)) {
    alone(job);
  } else if (first && arePair(first, job)) {
    waiting.delete(engine);
    together(pair, constants?.(engine.adapter) ?? {}, first, job);
    letGo(first.dOut);
  } else {
    flush(engine);
    hold(dOut);
    waiting.set(engine, job);
    atEnd(engine, () => flush(engine));
  }
}

/** Jobs that write to one gradient are no pair: the second adds to what the first leaves. */
function arePair(first: Job, second: Job): boolean {
  return (
    first.accumulate === second.accumulate &&
    first.x.shape[0] === second.x.shape[0] &&
    first.dWeight !== second.dWeight &&
    (first.dBias === undefined || first.dBias !== second.dBias)
  );
}

function flush(engine: Engine): void {
  const job = waiting.get(engine);
  if (!job) return;
  waiting.delete(engine);
  alone(job);
  letGo(job.dOut);
}

function alone({ x, dOut, dWeight, dBias, accumulate }: Job): void {
  gemm(dOut, x, { transposeA: true, into: dWeight, biasGradient: dBias, accumulate });
}

function together(pair: Kernel, own: Constants, a: Job, b: Job): void {
  const { engine } = a.x;
  const [rowsA, columnsA] = a.dWeight.shape as [number, number];
  const [rowsB, columnsB] = b.dWeight.shape as [number, number];
  run(
    pair,
    {
      dOut0: a.dOut,
      x0: a.x,
      dWeight0: a.dWeight,
      dBias0: a.dBias ?? scratch(engine, 0),
      dOut1: b.dOut,
      x1: b.x,
      dWeight1: b.dWeight,
      dBias1: b.dBias ?? scratch(engine, 1),
    },
    {
      params: {
        tokens: a.x.shape[0]!,
        rowQuads0: rowsA / 4,
        columnQuads0: columnsA / 4,
        rowQuads1: rowsB / 4,
        columnQuads1: columnsB / 4,
      },
      constants: {
        ACCUMULATE: a.accumulate,
        BIAS_0: a.dBias !== undefined,
        BIAS_1: b.dBias !== undefined,
        ...own,
      },
      workgroups: [...tilesOf(pair, Math.max(rowsA, rowsB), Math.max(columnsA, columnsB), own), 2],
    },
  );
}
