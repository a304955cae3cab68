import type { Dispatch } from '../gpu/commands.ts';
import type { Engine } from '../gpu/engine.ts';
import type { Constants, Kernel } from '../gpu/kernel.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** A dispatch but for its tensors. */
export type Call = Omit<Dispatch, 'bindings'>;

/** Records a kernel. @param tensors what it reads and writes, by the names of its bindings */
export function run(kernel: Kernel, tensors: Readonly<Record<string, Tensor>>, call: Call): void {
  const engine = Object.values(tensors)[0]!.engine;
  const bindings = Object.fromEntries(Object.entries(tensors).map(([name, { slice }]) => [name, slice]));
  engine.commands.dispatch(kernel, { bindings, ...call });
}

/** Invocations of a workgroup in kernels whose invocations stand for the entries of a list. */
const WORKGROUP = 64;

/** Workgroups for `count` invocations in a list, folded into two dimensions where one is too short. */
export function listWorkgroups(count: number): [number, number] {
  return fold(Math.ceil(count / WORKGROUP));
}

/**
 * A call of a kernel that takes a workgroup for each row. Its lanes share the row: a subgroup's on a software adapter,
 * where more would only wait for each other.
 */
export function rowCall(
  { adapter }: Engine,
  rows: number,
  params: Call['params'],
  constants?: Constants,
): Call {
  const LANES = adapter.isSoftware ? adapter.subgroupSize || 4 : 64;
  return { params, constants: { LANES, ...constants }, workgroups: fold(rows) };
}

/** WebGPU's default limit of workgroups in one dimension. */
const MOST_WORKGROUPS = 65_535;

function fold(workgroups: number): [number, number] {
  const y = Math.ceil(workgroups / MOST_WORKGROUPS);
  return [Math.ceil(workgroups / Math.max(1, y)), y];
}
