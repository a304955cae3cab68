import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { afterAll, inject } from 'vitest';
import { create, globals } from 'webgpu';
import { sharedGpu } from './sharedGpu.ts';

declare global {
  /** Every device of it is the same one: what a test opens models and engines with. */
  var testGpu: GPU;
  /** Every device of it is a new one: for tests of what becomes of a device. */
  var ownGpu: GPU;
  /** Pipelines that this process compiled and has not told of. */
  var compiled: string[];
}

// The object that create() returns must outlive everything: its garbage collection ends the process.
if (!globalThis.ownGpu) {
  Object.assign(globalThis, globals);
  globalThis.ownGpu = create([]) as GPU;
  globalThis.testGpu = sharedGpu(globalThis.ownGpu);
  globalThis.compiled = [];
  countPipelines(GPUDevice.prototype);
}

afterAll(() => {
  const lines = globalThis.compiled.splice(0).map((kind) => `${kind}\n`);
  appendFileSync(inject('pipelineLog'), lines.join(''));
});

/** Keeps of each pipeline that a device compiles what tells it from the others. */
function countPipelines(device: GPUDevice): void {
  const { createShaderModule, createComputePipelineAsync } = device;
  const codes = new WeakMap<GPUShaderModule, string>();
  device.createShaderModule = function (this: GPUDevice, wanted) {
    const module = createShaderModule.call(this, wanted);
    codes.set(module, wanted.code);
    return module;
  };
  device.createComputePipelineAsync = function (this: GPUDevice, wanted) {
    const { module, entryPoint, constants } = wanted.compute;
    const kind = JSON.stringify([codes.get(module), entryPoint, constants]);
    globalThis.compiled.push(createHash('sha256').update(kind).digest('hex'));
    return createComputePipelineAsync.call(this, wanted);
  };
}
