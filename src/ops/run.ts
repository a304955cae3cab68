import type { Engine } from '../gpu/engine.ts';
import type { Constants, Kernel } from '../gpu/kernel.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** One kernel over tensors, by the names of its bindings. */
export function run(
  kernel: Kernel,
  tensors: Readonly<Record<string, Tensor>>,
  call: {
    params?: Readonly<Record<string, number>>;
    constants?: Constants;
    groups: readonly [x: number, y?: number, z?: number];
  },
): void {
  const engine = Object.values(tensors)[0]!.engine;
  const bindings = Object.fromEntries(Object.entries(tensors).map(([name, { slice }]) => [name, slice]));
  engine.commands.dispatch(kernel, { bindings, ...call });
}

/** Invocations of a workgroup in kernels that go through a list. */
export const WORKGROUP = 64;

/** Workgroups for `count` invocations in a list, folded into two dimensions where one is too short. */
export function listGroups(count: number): [number, number] {
  return fold(Math.ceil(count / WORKGROUP));
}

/** Workgroups for kernels that take one a row. */
export function rowGroups(rows: number): [number, number] {
  return fold(rows);
}

/** Lanes that share a row: a subgroup's on a software adapter, where more only wait for each other. */
export function rowLanes(engine: Engine): Constants {
  return { LANES: engine.adapter.isSoftware ? engine.adapter.subgroupSize || 4 : 64 };
}

const MOST_GROUPS = 65_535;

function fold(groups: number): [number, number] {
  const y = Math.ceil(groups / MOST_GROUPS);
  return [Math.ceil(groups / Math.max(1, y)), y];
}
