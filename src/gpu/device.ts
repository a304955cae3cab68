import { WebGpuUnavailableError } from '../errors.ts';

/** An open device with what the engine needs to know of its adapter. */
export interface OpenDevice {
  device: GPUDevice;
  vendor: string;
  architecture: string;
  description: string;
  /** True where the "GPU" is a program on the processor, with dear barriers and loads. */
  isSoftware: boolean;
  /** Lanes of a subgroup; 0 where the adapter has no subgroups, or of no fixed size. */
  subgroupSize: number;
}

/** Limits that are raised to what the adapter has, because a model's largest table sits in one binding. */
const raisedLimits = ['maxBufferSize', 'maxStorageBufferBindingSize'] as const;
const usefulFeatures = ['subgroups', 'timestamp-query'] as const satisfies readonly GPUFeatureName[];
const softwareNames = /llvmpipe|lavapipe|swiftshader|basic render|warp/i;

/**
 * Opens the best adapter there is.
 * @param gpu where `navigator.gpu` is not there: the object that the `webgpu` package creates in Node
 * @throws WebGpuUnavailableError when there is no WebGPU, or no adapter
 */
export async function openDevice(gpu?: GPU): Promise<OpenDevice> {
  const api = gpu ?? (typeof navigator === 'undefined' ? undefined : navigator.gpu);
  if (!api) throw unavailable();
  const adapter = await api.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) {
    throw new WebGpuUnavailableError(
      'WebGPU is here, but it offers no adapter. Update the graphics driver, or allow WebGPU in the browser’s settings.',
      { reason: 'no-adapter' },
    );
  }
  const { vendor, architecture, description, device: model } = adapter.info;
  const features = usefulFeatures.filter((feature) => adapter.features.has(feature));
  const asked = {
    label: 'tabgrad',
    requiredFeatures: features,
    requiredLimits: Object.fromEntries(raisedLimits.map((name) => [name, adapter.limits[name]])),
  };
  const device = await adapter.requestDevice(asked).catch((reason) => {
    throw new WebGpuUnavailableError(
      `WebGPU offers an adapter, but it gives no device (${String(reason)}). Load the page again, or update the graphics driver.`,
      { reason: 'no-adapter' },
    );
  });
  const { subgroupMinSize: least, subgroupMaxSize: most } = adapter.info;
  return {
    device,
    vendor,
    architecture,
    description: description || model || vendor || 'unnamed adapter',
    isSoftware:
      adapter.info.isFallbackAdapter || softwareNames.test(`${vendor} ${architecture} ${description}`),
    subgroupSize: features.includes('subgroups') && least === most ? least : 0,
  };
}

function unavailable(): WebGpuUnavailableError {
  if (typeof isSecureContext === 'boolean' && !isSecureContext) {
    return new WebGpuUnavailableError('WebGPU needs a secure page. Open it over https, or on localhost.', {
      reason: 'insecure',
    });
  }
  return new WebGpuUnavailableError(
    'This environment has no WebGPU. In a browser, use a current Chrome, Edge, Safari or Firefox; in Node, pass `gpu` (see the `webgpu` package).',
    { reason: 'missing' },
  );
}
