import type { OpenDevice } from './device.ts';
import type { Constants } from './kernel.ts';

/** Facts of an adapter that a kernel is chosen by. */
export type Adapter = Omit<OpenDevice, 'device'>;

/** One way to do the work of a family, and the adapters that it is for. Each family adds its kernel. */
export interface Variant {
  /** Unique in its family. Checkpoints hold it, so a variant that gives other bits gets another name. */
  readonly name: string;
  /** Whether it gives right results there. */
  runsOn(adapter: Adapter): boolean;
  /** Whether the rule takes it there, if it takes none that stands before it in the list. */
  suits(adapter: Adapter): boolean;
}

/** Variants that do the same work: they take the same bindings and parameters. */
export interface Family<V extends Variant = Variant> {
  /** The op and its shape class: 'gemm.NT'. */
  readonly name: string;
  /** In the order in which the rule looks at them. */
  readonly variants: readonly V[];
}

/** The variant of each family that an engine uses, by the families' names: plain data, which a checkpoint holds. */
export type KernelChoice = Record<string, string>;

/** The variants of a family that an adapter can run. */
export function runnable<V extends Variant>({ variants }: Family<V>, adapter: Adapter): V[] {
  return variants.filter((variant) => variant.runsOn(adapter));
}

/**
 * The variant that an engine uses. Where its choice names none that the adapter can run, the rule picks one, and the
 * choice holds it from then on.
 */
export function chosen<V extends Variant>(
  family: Family<V>,
  { adapter, choice }: { adapter: Adapter; choice: KernelChoice },
): V {
  const able = runnable(family, adapter);
  const named = able.find(({ name }) => name === choice[family.name]);
  const variant = named ?? able.find((one) => one.suits(adapter)) ?? able[0]!;
  choice[family.name] = variant.name;
  return variant;
}

/** Tells an adapter from others in words. */
export function adapterName({ vendor, architecture, description }: Adapter): string {
  return `${vendor} ${architecture} ${description}`;
}

export const always = () => true;
/** GPUs: they want operands staged in workgroup memory. */
export const onGpu = ({ isSoftware }: Adapter): boolean => !isSoftware;
/** Programs on the processor: there a load or a barrier costs far more than arithmetic (docs/performance.md). */
export const onSoftware = ({ isSoftware }: Adapter): boolean => isSoftware;

/**
 * What kernels have in common whose workgroup is one subgroup, of a fixed size of 4 or at least 8, and shares by
 * shuffle.
 */
export const broadcast = {
  name: 'broadcast',
  runsOn: ({ subgroupSize }: Adapter): boolean => subgroupSize === 4 || subgroupSize >= 8,
  suits: onSoftware,
  constants: ({ subgroupSize }: Adapter): Constants => ({ SUBGROUP: subgroupSize }),
};
