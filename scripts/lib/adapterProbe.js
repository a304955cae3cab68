/**
 * Run by vulkan.js as a process of its own, for a driver may crash: prints the adapter that the tests would get, or
 * nothing.
 */
import { create } from 'webgpu';

const gpu = create([]);
const adapter = await gpu.requestAdapter();
if (adapter) process.stdout.write(`adapter: ${adapter.info.description || adapter.info.device}\n`);
