import type { OpenDevice } from './device.ts';

/** How a kernel gets at shared operands: see the shaders `gemm_*.wgsl` and `attention*.wgsl`. */
export type KernelStyle = 'tile' | 'broadcast' | 'register';

/** Those that an adapter can run. */
export function runnableStyles({ subgroupSize }: Pick<OpenDevice, 'subgroupSize'>): KernelStyle[] {
  return subgroupSize === 4 || subgroupSize >= 8 ? ['tile', 'broadcast', 'register'] : ['tile', 'register'];
}

/**
 * The one to use. A GPU wants operands staged in workgroup memory; a program on the processor wants no barriers and
 * few loads, for which a subgroup of known size is the means (measured: docs/performance.md).
 */
export function pickStyle(adapter: Pick<OpenDevice, 'isSoftware' | 'subgroupSize'>): KernelStyle {
  if (!adapter.isSoftware) return 'tile';
  return runnableStyles(adapter).includes('broadcast') ? 'broadcast' : 'register';
}
