import { create, globals } from 'webgpu';

// The object that create() returns must outlive everything: its garbage collection ends the process.
declare global {
  var testGpu: GPU | undefined;
}

Object.assign(globalThis, globals);
globalThis.testGpu ??= create([]) as GPU;
