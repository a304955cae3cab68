import { dryDevice } from '../../../src/gpu/dryDevice.ts';

/** WebGPU's default limits, as far as the engine asks for them. */
const limits = {
  maxBufferSize: 256 * 2 ** 20,
  maxStorageBufferBindingSize: 128 * 2 ** 20,
  maxComputeWorkgroupsPerDimension: 65_535,
  minUniformBufferOffsetAlignment: 256,
} as GPUSupportedLimits;

/**
 * A GPU that takes work and does nothing, so that what comes back is zeros: with it a model is loaded whole, through
 * the door that everybody uses, where there is no GPU.
 */
export function stillGpu(): GPU {
  const dry = dryDevice({ limits } as GPUDevice);
  const pass = {
    setPipeline: () => undefined,
    setBindGroup: () => undefined,
    dispatchWorkgroups: () => undefined,
    end: () => undefined,
  };
  const device = Object.assign(dry, {
    queue: {
      writeBuffer: () => undefined,
      submit: () => undefined,
      onSubmittedWorkDone: async () => undefined,
    },
    createBuffer: ({ size, usage, label = '' }: GPUBufferDescriptor) => ({
      size,
      usage,
      label,
      destroy: () => undefined,
      mapAsync: async () => undefined,
      getMappedRange: (_: number, bytes: number) => new ArrayBuffer(bytes),
      unmap: () => undefined,
    }),
    createCommandEncoder: () => ({
      beginComputePass: () => pass,
      copyBufferToBuffer: () => undefined,
      finish: () => ({}),
    }),
  });
  const adapter = {
    info: { vendor: 'none', architecture: '', description: 'still', device: '', isFallbackAdapter: false },
    features: new Set(),
    limits,
    requestDevice: async () => device,
  };
  return { requestAdapter: async () => adapter } as unknown as GPU;
}
