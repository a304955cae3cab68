import { readFileSync } from 'node:fs';
import { create, globals } from 'webgpu';

/**
 * Puts Dawn's WebGPU where a library expects a browser's: the classes on globalThis, the GPU object on navigator.
 * The GPU object also stays on globalThis: were it garbage-collected, the process would abort.
 * @returns {{ gpu: GPU, dispatches: () => number, memory: Memory }} `dispatches` counts the compute dispatches recorded so far
 */
export function installGpu() {
  Object.assign(globalThis, globals);
  const gpu = create([]);
  const userAgent = `Node.js/${process.versions.node}`;
  // Node 20 has no navigator, later ones have one without gpu.
  Object.defineProperty(globalThis, 'navigator', { value: { gpu, userAgent }, configurable: true });
  globalThis.keptGpu = gpu;

  let count = 0;
  for (const name of /** @type {const} */ (['dispatchWorkgroups', 'dispatchWorkgroupsIndirect'])) {
    const original = GPUComputePassEncoder.prototype[name];
    GPUComputePassEncoder.prototype[name] = function (...args) {
      count++;
      return original.apply(this, args);
    };
  }
  return { gpu, dispatches: () => count, memory: countBuffers() };
}

/**
 * @typedef {{ peak: () => number, restart: () => void }} Memory  the most bytes that buffers held at once, since the last
 *   `restart`: created and not yet destroyed, whether in use, in a pool or mapped for reading
 */

/** @returns {Memory} */
function countBuffers() {
  let live = 0;
  let most = 0;
  /** @type {WeakMap<GPUBuffer, number>} */
  const sizes = new WeakMap();
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    sizes.set(buffer, descriptor.size);
    live += descriptor.size;
    most = Math.max(most, live);
    return buffer;
  };
  const { destroy } = GPUBuffer.prototype;
  GPUBuffer.prototype.destroy = function () {
    live -= sizes.get(this) ?? 0;
    sizes.delete(this); // a second destroy() gives nothing back
    return destroy.call(this);
  };
  return {
    peak: () => most,
    restart: () => {
      most = live;
    },
  };
}

/** @param {GPU} gpu @returns {Promise<string>} the adapter in words */
export async function describeAdapter(gpu) {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' }); // as the peers ask
  if (!adapter)
    throw new Error('No WebGPU adapter. On Linux without a GPU set VK_ICD_FILENAMES to a Vulkan driver.');
  const { vendor, architecture, device, description } = adapter.info;
  return [description || device || architecture, vendor].filter(Boolean).join(', ');
}

/** @param {string} name a package of this folder's own install @returns {string} */
export function installedVersion(name) {
  return JSON.parse(readFileSync(new URL(`./node_modules/${name}/package.json`, import.meta.url), 'utf8'))
    .version;
}
