/**
 * A device that has a real one's limits, but no memory, and runs nothing. Buffers made on it are counted and do not
 * exist, so recording work shows how much memory the work takes on the real device. Nothing may be submitted to it.
 */
export function dryDevice({ limits }: GPUDevice): GPUDevice {
  const nothing = {} as never;
  const used: Partial<Omit<GPUDevice, 'queue'>> & { queue: Partial<GPUQueue> } = {
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
