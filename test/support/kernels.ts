import type { Block } from '../../src/gpu/buffers.ts';
import type { Slice } from '../../src/gpu/commands.ts';
import type { Engine } from '../../src/gpu/engine.ts';
import { kernel } from '../../src/gpu/kernel.ts';
import { turns } from './waiting.ts';

const list = `
  @group(0) @binding(0) var<uniform> params: Params;
  @group(0) @binding(1) var<storage, read> x: array<f32>;
  @group(0) @binding(2) var<storage, read_write> y: array<f32>;
`;

/** y[i] = factor · x[i] + addend, for the first `count`. */
export const affine = kernel(
  'test.affine',
  `struct Params { count: u32, factor: f32, addend: f32 }
  ${list}
  @compute @workgroup_size(64) fn forward(@builtin(global_invocation_id) id: vec3u) {
    if (id.x < params.count) { y[id.x] = params.factor * x[id.x] + params.addend; }
  }`,
  'forward',
);

/** y[i] = factor · y[i] + addend: two of them do not commute, so their order shows. */
export const update = kernel(
  'test.update',
  `struct Params { count: u32, factor: f32, addend: f32 }
  @group(0) @binding(0) var<uniform> params: Params;
  @group(0) @binding(1) var<storage, read_write> y: array<f32>;
  @compute @workgroup_size(64) fn forward(@builtin(global_invocation_id) id: vec3u) {
    if (id.x < params.count) { y[id.x] = params.factor * y[id.x] + params.addend; }
  }`,
  'forward',
);

let broken = 0;

/** A kernel that does not compile, another one each time: line 4 uses a name that is not there. */
export function brokenKernel() {
  broken += 1;
  return kernel(
    `test.broken${broken}`,
    `struct Params { count: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64) fn forward() { y[params.count] = nowhere${broken}; }`,
    'forward',
  );
}

/** A block of the pool and the slice that is all of it. */
export function take(engine: Engine, count: number): { block: Block; slice: Slice; give: () => void } {
  const block = engine.buffers.acquire(4 * count, 'tensor');
  return {
    block,
    slice: { block, offset: 0, bytes: 4 * count },
    give: () => engine.buffers.release(block, 'tensor'),
  };
}

export async function floats(reading: Promise<ArrayBuffer>): Promise<number[]> {
  return [...new Float32Array(await reading)];
}

/** Runs `body`, lets pass what may come late, and gives the rejections that nobody heard. */
export async function unheard(body: () => Promise<unknown>): Promise<unknown[]> {
  const reasons: unknown[] = [];
  const listener = (reason: unknown) => reasons.push(reason);
  process.on('unhandledRejection', listener);
  try {
    await body();
    await turns();
  } finally {
    process.off('unhandledRejection', listener);
  }
  return reasons;
}
