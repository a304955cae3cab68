import { Engine } from '../../src/gpu/engine.ts';
import { scope } from '../../src/tensor/scope.ts';
import { fromData, type Tensor, toFloats } from '../../src/tensor/tensor.ts';

let opened: Promise<Engine> | undefined;

/** One engine for all tests of a process. */
export function testEngine(): Promise<Engine> {
  opened ??= Engine.open(globalThis.testGpu);
  return opened;
}

/** Runs an op on tensors made from `inputs` and reads its result. */
export async function compute(
  engine: Engine,
  inputs: readonly { data: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>; shape: readonly number[] }[],
  op: (...tensors: Tensor[]) => Tensor,
): Promise<Float32Array<ArrayBuffer>> {
  const reading = scope(engine, () => {
    const tensors = inputs.map(({ data, shape }) => fromData(engine, data, shape));
    return toFloats(op(...tensors));
  });
  await engine.commands.submit();
  return reading;
}
