// Gives Node the navigator.gpu of a browser: `node --import ./gpu.mjs program.mjs`.
import { create } from 'webgpu';

// What create() returns must stay reachable while it is used.
Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]) }, configurable: true });
