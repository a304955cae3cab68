import broadcastSource from '../../../shaders/products/weight_gradients_broadcast.wgsl?raw';
import tileSource from '../../../shaders/products/weight_gradients_tile.wgsl?raw';
import type { Engine } from '../../gpu/engine.ts';
import { kernel } from '../../gpu/kernel.ts';
import { pickStyle } from '../../gpu/tuning.ts';
import { atEnd, hold, letGo, needsGradient, writeGradient } from '../../tensor/autograd.ts';
import { discard } from '../../tensor/scope.ts';
import { empty, type Tensor } from '../../tensor/tensor.ts';
import { run } from '../run.ts';
import { scratch } from '../scratch.ts';
import { gemm } from './gemm.ts';

const pairs = {
  tile: kernel('weightGradients.tile', tileSource, 'backward'),
  broadcast: kernel('weightGradients.broadcast', ['enable subgroups;', broadcastSource], 'backward'),
};

/** A linear layer's parameters, in PyTorch's layout. */
export interface LinearParameters {
  /** [out, in] */
  weight: Tensor;
  /** [out] */
  bias: Tensor;
}

/** dWeight = dOutᵀ·X and, where the bias trains, dBias = Σ dOut. */
interface Job {
  x: Tensor;
  dOut: Tensor;
  dWeight: Tensor;
  dBias: Tensor | undefined;
  accumulate: boolean;
}

const waiting = new WeakMap<Engine, Job>();

/**
 * The gradients of a linear layer's weight and bias, in one kernel. Two layers go together: a job waits for
 * the next one, or for the end of the backward pass.
 * @param x [T, in]
 * @param dOut [T, out]
 */
export function linearGradient(x: Tensor, dOut: Tensor, { weight, bias }: LinearParameters): void {
  writeGradient(weight, (dWeight, accumulate) => {
    let dBias: Tensor | undefined;
    if (needsGradient(bias)) {
      writeGradient(bias, (gradient) => {
        dBias = gradient;
      });
    }
    const job = { x, dOut, dWeight, dBias, accumulate };
    const { engine } = x;
    const goesWithOthers =
      pickStyle(engine.adapter) !== 'register' && weight.shape.every((size) => size % 4 === 0);
    if (!goesWithOthers) return alone(job);
    const first = waiting.get(engine);
    if (first && arePair(first, job)) {
      waiting.delete(engine);
      together(first, job);
      letGo(first.dOut);
      return;
    }
    flush(engine);
    hold(job.dOut);
    waiting.set(engine, job);
    atEnd(engine, () => flush(engine));
  });
  if (!needsGradient(weight)) biasAlone(x, dOut, weight, bias);
}

/** Not where both write to one gradient: the second adds to what the first leaves. */
function arePair(first: Job, second: Job): boolean {
  return (
    first.accumulate === second.accumulate &&
    first.x.shape[0] === second.x.shape[0] &&
    first.dWeight !== second.dWeight &&
    (first.dBias === undefined || first.dBias !== second.dBias)
  );
}

/** A bias that trains under a frozen weight: the weight's gradient comes along, and is thrown away. */
function biasAlone(x: Tensor, dOut: Tensor, weight: Tensor, bias: Tensor): void {
  writeGradient(bias, (biasGradient, accumulate) => {
    const into = empty(x.engine, weight.shape);
    gemm(dOut, x, { transposeA: true, into, biasGradient, accumulate });
    discard(into);
  });
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

function together(a: Job, b: Job): void {
  const [rowsA, columnsA] = a.dWeight.shape as [number, number];
  const [rowsB, columnsB] = b.dWeight.shape as [number, number];
  const { adapter } = a.x.engine;
  const isTile = pickStyle(adapter) === 'tile';
  // What a workgroup covers of a weight.
  const [width, height] = isTile ? [64, 64] : [4 * adapter.subgroupSize, 16];
  run(
    isTile ? pairs.tile : pairs.broadcast,
    {
      dOut0: a.dOut,
      x0: a.x,
      dWeight0: a.dWeight,
      dBias0: a.dBias ?? scratch(a.x.engine, 0),
      dOut1: b.dOut,
      x1: b.x,
      dWeight1: b.dWeight,
      dBias1: b.dBias ?? scratch(a.x.engine, 1),
    },
    {
      params: {
        tokens: a.x.shape[0]!,
        rows0: rowsA / 4,
        columns0: columnsA / 4,
        rows1: rowsB / 4,
        columns1: columnsB / 4,
      },
      constants: {
        ACCUMULATE: a.accumulate,
        BIAS_0: a.dBias !== undefined,
        BIAS_1: b.dBias !== undefined,
        ...(!isTile && { SUBGROUP: adapter.subgroupSize }),
      },
      groups: [
        Math.ceil(Math.max(columnsA, columnsB) / width!),
        Math.ceil(Math.max(rowsA, rowsB) / height!),
        2,
      ],
    },
  );
}
