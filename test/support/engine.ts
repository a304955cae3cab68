import { Engine } from '../../src/gpu/engine.ts';
import { scope } from '../../src/tensor/scope.ts';
import { fromData, type Tensor, toFloats } from '../../src/tensor/tensor.ts';

let opened: Promise<Engine> | undefined;

/** One engine for all tests of a process. */
export function testEngine(): Promise<Engine> {
  opened ??= Engine.open(globalThis.testGpu);
  return opened;
}

export interface Input {
  data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  shape: readonly number[];
}

/** Runs an op on tensors made from `inputs` and reads its result. */
export async function compute(
  engine: Engine,
  inputs: readonly Input[],
  op: (...tensors: Tensor[]) => Tensor,
): Promise<Float32Array<ArrayBuffer>> {
  const [result] = await computeAll(engine, inputs, (...tensors) => [op(...tensors)]);
  return result!;
}

/** As {@link compute}, for several results. */
export async function computeAll(
  engine: Engine,
  inputs: readonly Input[],
  op: (...tensors: Tensor[]) => Tensor[],
): Promise<Float32Array<ArrayBuffer>[]> {
  const readings = scope(engine, () => {
    const tensors = inputs.map(({ data, shape }) => fromData(engine, data, shape));
    return Promise.all(op(...tensors).map(toFloats));
  });
  await engine.commands.submit();
  return readings;
}
