/** What the engine uses of a device, without one. */
type Used = Pick<
  GPUDevice,
  | 'limits'
  | 'createBuffer'
  | 'createBindGroup'
  | 'createBindGroupLayout'
  | 'createPipelineLayout'
  | 'createShaderModule'
  | 'createComputePipelineAsync'
  | 'pushErrorScope'
  | 'popErrorScope'
  | 'addEventListener'
  | 'removeEventListener'
  | 'lost'
  | 'destroy'
> & { queue: Pick<GPUQueue, 'writeBuffer'> };

/**
 * A device that keeps no memory and runs nothing, with the limits of a real one. Work recorded for it shows what the
 * same work takes there: every buffer is counted as usual, none exists. It is not to be submitted to.
 */
export function dryDevice({ limits }: GPUDevice): GPUDevice {
  const nothing = {} as never;
  const used: Used = {
    limits,
    queue: { writeBuffer: () => undefined },
    createBuffer: ({ size, usage, label = '' }) =>
      ({ size, usage, label, destroy: () => undefined }) as unknown as GPUBuffer,
    createBindGroup: () => nothing,
    createBindGroupLayout: () => nothing,
    createPipelineLayout: () => nothing,
    createShaderModule: () =>
      ({ getCompilationInfo: async () => ({ messages: [] }) }) as unknown as GPUShaderModule,
    createComputePipelineAsync: async () => nothing,
    pushErrorScope: () => undefined,
    popErrorScope: async () => null,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    lost: new Promise<never>(() => {}),
    destroy: () => undefined,
  };
  return used as unknown as GPUDevice;
}
