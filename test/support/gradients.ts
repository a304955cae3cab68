import type { Engine } from '../../src/gpu/engine.ts';
import { backward, type Leaf, record, withTape } from '../../src/tensor/autograd.ts';
import { scope } from '../../src/tensor/scope.ts';
import { empty, fromData, type Tensor, toFloats, view } from '../../src/tensor/tensor.ts';
import type { Input } from './engine.ts';

/** A parameter as training makes it: with a place for its gradient that outlives the step. */
export function leafFor(engine: Engine, parameter: Tensor, rows?: ReadonlyMap<number, number>): Leaf {
  const shape = rows ? [rows.size, ...parameter.shape.slice(1)] : parameter.shape;
  return { gradient: empty(engine, shape), written: false, rows };
}

/**
 * Gradients of Σ op(…) ∘ dOut with respect to all inputs.
 * @param parameters names of the inputs whose gradients ops write as a parameter's; the others are activations
 */
export async function gradientsOf<Name extends string>(
  engine: Engine,
  inputs: Record<Name, Input>,
  parameters: readonly NoInfer<Name>[],
  dOut: Input,
  op: (tensors: Record<Name, Tensor>) => Tensor,
): Promise<Record<Name, Float32Array<ArrayBuffer>>> {
  const names = Object.keys(inputs) as Name[];
  const readings = scope(engine, () => {
    const tensors = {} as Record<Name, Tensor>;
    for (const name of names) tensors[name] = fromData(engine, inputs[name].data, inputs[name].shape);
    const leaves = new Map<Tensor, Leaf>();
    for (const name of parameters) leaves.set(tensors[name], leafFor(engine, tensors[name]));
    // An activation becomes one that wants a gradient by depending on something trainable.
    const anchor = fromData(engine, new Float32Array(4));
    leaves.set(anchor, leafFor(engine, anchor));

    const seen = new Map<Name, Promise<Float32Array<ArrayBuffer>>>();
    withTape(engine, leaves, () => {
      for (const name of names) {
        if (parameters.includes(name)) continue;
        const copy = view(engine, tensors[name].slice, tensors[name].shape);
        tensors[name] = record(copy, [anchor], (dX) => {
          seen.set(name, toFloats(dX));
        });
      }
      const out = op(tensors);
      backward(engine, [[out, fromData(engine, dOut.data, dOut.shape)]]);
    });
    for (const name of parameters) seen.set(name, toFloats(leaves.get(tensors[name])!.gradient));
    return Promise.all(names.map(async (name) => [name, await seen.get(name)] as const));
  });
  await engine.commands.submit();
  return Object.fromEntries(await readings) as Record<Name, Float32Array<ArrayBuffer>>;
}
