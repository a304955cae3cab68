import { readFileSync } from 'node:fs';
import { create, globals } from 'webgpu';

/**
 * Puts Dawn's WebGPU where a library expects a browser's: the classes on globalThis, the GPU object on navigator.
 * The GPU object also stays on globalThis: were it garbage-collected, the process would abort.
 * @returns {{ gpu: GPU, dispatches: () => number }} `dispatches` counts the compute dispatches recorded so far
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
  return { gpu, dispatches: () => count };
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
