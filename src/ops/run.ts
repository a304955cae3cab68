import type { Engine } from '../gpu/engine.ts';
import type { Constants, Kernel } from '../gpu/kernel.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Records a kernel. @param tensors what it reads and writes, by the names of its bindings */
export function run(
  kernel: Kernel,
  tensors: Readonly<Record<string, Tensor>>,
  call: {
    params?: Readonly<Record<string, number>>;
    constants?: Constants;
    workgroups: readonly [x: number, y?: number, z?: number];
  },
): void {
  const engine = Object.values(tensors)[0]!.engine;
  const bindings = Object.fromEntries(Object.entries(tensors).map(([name, { slice }]) => [name, slice]));
  engine.commands.dispatch(kernel, { bindings, ...call });
}

/** Invocations of a workgroup in kernels whose invocations stand for the entries of a list. */
export const WORKGROUP = 64;

/** Workgroups for `count` invocations in a list, folded into two dimensions where one is too short. */
export function listWorkgroups(count: number): [number, number] {
  return fold(Math.ceil(count / WORKGROUP));
}

/** Workgroups for kernels that take one for each row. */
export function rowWorkgroups(rows: number): [number, number] {
  return fold(rows);
}

/** Lanes that share a row: a subgroup's on a software adapter, where more would only wait for each other. */
export function rowLanes(engine: Engine): Constants {
  return { LANES: engine.adapter.isSoftware ? engine.adapter.subgroupSize || 4 : 64 };
}

/** WebGPU's default limit of workgroups in one dimension. */
const MOST_WORKGROUPS = 65_535;

function fold(workgroups: number): [number, number] {
  const y = Math.ceil(workgroups / MOST_WORKGROUPS);
  return [Math.ceil(workgroups / Math.max(1, y)), y];
}
