import { KernelError } from '../errors.ts';
import { COMPUTE_STAGE } from './flags.ts';
import { type Binding, type ParamField, readBindings, readExtents, readParams } from './wgsl.ts';

/** A kernel as text: one entry point of a WGSL module. It belongs to no device. */
export interface Kernel {
  readonly name: string;
  readonly source: string;
  readonly entry: string;
  readonly bindings: ReadonlyMap<string, Binding>;
  readonly params: readonly ParamField[];
  /** The extents of a workgroup: factors of each `TILE_…` declaration. */
  readonly extents: ReadonlyMap<string, readonly string[]>;
}

/** Values for a module's `override` declarations. */
export type Constants = Readonly<Record<string, number | boolean>>;

/**
 * Declares a kernel.
 * @param name as it shows in labels, errors and profiles: 'gelu.forward'
 * @param source WGSL; several pieces are put one after the other, `enable` lines first
 * @throws KernelError when `struct Params` holds anything but 4-byte scalars
 */
export function kernel(name: string, source: string | readonly string[], entry: string): Kernel {
  const text = typeof source === 'string' ? source : source.join('\n');
  return {
    name,
    source: text,
    entry,
    bindings: readBindings(text),
    params: readParams(name, text),
    extents: readExtents(text),
  };
}

/**
 * How far a workgroup reaches, as the kernel's text declares it.
 * @param extent 'TILE_ROWS'
 * @param constants values of the overrides that the extent is made of
 * @throws KernelError where the text has no such declaration, or a factor has no value
 */
export function extentOf(kernel: Kernel, extent: string, constants: Constants = {}): number {
  const factors = kernel.extents.get(extent) ?? [''];
  const factorOf = (factor: string) => Number(constants[factor] ?? Number.parseInt(factor, 10));
  const product = factors.reduce((sofar, factor) => sofar * factorOf(factor), 1);
  if (Number.isInteger(product) && product > 0) return product;
  throw kernelError(kernel, `: it does not say what ${extent} is.`);
}

function kernelError({ name }: Kernel, what: string, more: { constants?: Constants } = {}): KernelError {
  return new KernelError(name + what, { kernel: name, ...more });
}

/** A kernel compiled for one device, with one set of constants and of bound names. */
export interface Pipeline {
  readonly id: number;
  readonly layout: GPUBindGroupLayout;
  /** Binding numbers in the order of the bound names, the uniform left out. */
  readonly slots: readonly number[];
  readonly ready: Promise<GPUComputePipeline>;
}

/** Makes each pipeline once, asynchronously, and says which source line is wrong if it does not compile. */
export class Pipelines {
  readonly #device: GPUDevice;
  readonly #modules = new Map<string, Promise<GPUShaderModule>>();
  /** By kernel, since two may have one name; then by constants and bound names. */
  readonly #pipelines = new Map<Kernel, Map<string, Pipeline>>();
  created = 0;
  #done = 0;
  /** Called when a pipeline is asked for, and again when it is compiled. */
  onCompile: ((done: number, total: number) => void) | undefined;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  get(kernel: Kernel, constants: Constants, names: readonly string[]): Pipeline {
    const key = `${JSON.stringify(constants)}|${names.join()}`;
    const pipelines = this.#pipelines.get(kernel) ?? new Map<string, Pipeline>();
    this.#pipelines.set(kernel, pipelines);
    const known = pipelines.get(key);
    if (known) return known;
    const pipeline = this.#make(kernel, constants, names);
    pipelines.set(key, pipeline);
    this.created += 1;
    this.#report(pipeline.ready);
    return pipeline;
  }

  #make(kernel: Kernel, constants: Constants, names: readonly string[]): Pipeline {
    const bindings = names.map((name) => {
      const binding = kernel.bindings.get(name);
      if (binding) return binding;
      const known = [...kernel.bindings.keys()].join(', ');
      throw kernelError(kernel, `: it has no binding "${name}"; it has ${known}.`);
    });
    const entries: GPUBindGroupLayoutEntry[] = bindings.map(({ index, type }) => ({
      binding: index,
      visibility: COMPUTE_STAGE,
      buffer: { type },
    }));
    if (kernel.params.length > 0) {
      const buffer = { type: 'uniform', hasDynamicOffset: true } as const;
      entries.push({ binding: 0, visibility: COMPUTE_STAGE, buffer });
    }
    const layout = this.#device.createBindGroupLayout({ label: kernel.name, entries });
    const ready = this.#compile(kernel, constants, layout);
    return { id: this.created, layout, slots: bindings.map(({ index }) => index), ready };
  }

  async #compile(
    kernel: Kernel,
    constants: Constants,
    layout: GPUBindGroupLayout,
  ): Promise<GPUComputePipeline> {
    const module = await this.#module(kernel);
    try {
      return await this.#device.createComputePipelineAsync({
        label: kernel.name,
        layout: this.#device.createPipelineLayout({ label: kernel.name, bindGroupLayouts: [layout] }),
        compute: {
          module,
          entryPoint: kernel.entry,
          constants: Object.fromEntries(Object.entries(constants).map(([k, v]) => [k, Number(v)])),
        },
      });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw kernelError(kernel, `: the pipeline could not be made. ${reason}`, {
        constants: { ...constants },
      });
    }
  }

  /** Makes one module of each source text, however many entry points and constants are used with it. */
  #module(kernel: Kernel): Promise<GPUShaderModule> {
    const module = this.#modules.get(kernel.source) ?? this.#checkedModule(kernel);
    this.#modules.set(kernel.source, module);
    return module;
  }

  async #checkedModule(kernel: Kernel): Promise<GPUShaderModule> {
    this.#device.pushErrorScope('validation');
    const module = this.#device.createShaderModule({ label: kernel.name, code: kernel.source });
    // The report below says more than the scope's error, which would otherwise surface as uncaptured.
    this.#device.popErrorScope().catch(() => {});
    const { messages } = await module.getCompilationInfo();
    const errors = messages.filter(({ type }) => type === 'error');
    if (errors.length > 0) {
      const lines = kernel.source.split('\n');
      const report = errors.map(
        ({ lineNum, linePos, message }) =>
          `line ${lineNum}, column ${linePos}: ${message}\n    ${lines[lineNum - 1]?.trim() ?? ''}`,
      );
      throw kernelError(kernel, ` does not compile.\n${report.join('\n')}`);
    }
    return module;
  }

  #report(ready: Promise<GPUComputePipeline>): void {
    this.onCompile?.(this.#done, this.created);
    const count = () => {
      this.#done += 1;
      this.onCompile?.(this.#done, this.created);
    };
    // A failure is thrown where the pipeline is awaited; here it only ends the count.
    ready.then(count, count);
  }
}
