/**
 * A GPU of which every device is the same one, so that a pipeline is compiled once a process, however many engines
 * use it. Who destroys the device gets it lost for itself alone. What the GPU reports unasked comes to all that
 * share it: a test that provokes an error, or takes a device away, opens one of its own.
 */
export function sharedGpu(gpu: GPU): GPU {
  let opened: Promise<GPUDevice> | undefined;
  const requestAdapter = async (options?: GPURequestAdapterOptions) => {
    const adapter = await gpu.requestAdapter(options);
    return (
      adapter &&
      replaced(adapter, {
        requestDevice: async (wanted?: GPUDeviceDescriptor) => {
          opened ??= adapter.requestDevice(wanted).then((device) => replaced(device, compiledOnce(device)));
          const device = await opened;
          return replaced(device, lostAlone(device));
        },
      })
    );
  };
  return replaced(gpu, { requestAdapter });
}

/** An object with some of its methods replaced; the others are called on it as they are. */
function replaced<T extends object>(object: T, own: Partial<T>): T {
  return new Proxy(object, {
    get(target, name) {
      if (Object.hasOwn(own, name)) return own[name as keyof T];
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** Layouts, modules and pipelines that are made once for each description. */
function compiledOnce(device: GPUDevice): Partial<GPUDevice> {
  const made = new Map<string, object>();
  const keys = new WeakMap<object, string>();
  const once = <T extends object>(key: string, make: () => T): T => {
    const known = made.get(key) ?? make();
    made.set(key, known);
    keys.set(known, key);
    return known as T;
  };
  return {
    createBindGroupLayout: (wanted) =>
      once(JSON.stringify([...wanted.entries]), () => device.createBindGroupLayout(wanted)),
    createPipelineLayout: (wanted) =>
      once(`layout of ${[...wanted.bindGroupLayouts].map((layout) => keys.get(layout!))}`, () =>
        device.createPipelineLayout(wanted),
      ),
    createShaderModule: (wanted) => once(wanted.code, () => device.createShaderModule(wanted)),
    createComputePipelineAsync: (wanted) => {
      const { layout, compute } = wanted;
      const { module, entryPoint, constants } = compute;
      const key = [keys.get(layout as GPUPipelineLayout), keys.get(module), entryPoint, constants];
      return once(JSON.stringify(key), () => device.createComputePipelineAsync(wanted));
    },
  };
}

/** A device that others go on with when it is destroyed here, where it then does nothing any more. */
function lostAlone(device: GPUDevice): Partial<GPUDevice> {
  let isLost = false;
  let tell: (info: GPUDeviceLostInfo) => void = () => {};
  const lost = new Promise<GPUDeviceLostInfo>((resolve) => {
    tell = resolve;
  });
  const destroy = () => {
    isLost = true;
    tell({ reason: 'destroyed', message: '' } as GPUDeviceLostInfo);
    return undefined;
  };
  const { queue } = device;
  const ownQueue = new Proxy(queue, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return isLost && name !== 'onSubmittedWorkDone' ? () => undefined : value.bind(target);
    },
  });
  const createBuffer = (wanted: GPUBufferDescriptor) => {
    const buffer = device.createBuffer(wanted);
    const map = buffer.mapAsync.bind(buffer);
    buffer.mapAsync = (...given) =>
      isLost ? Promise.reject(new Error('The device is lost.')) : map(...given);
    return buffer;
  };
  return { lost, destroy, queue: ownQueue, createBuffer };
}
