import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { DeviceLostError, GpuError, WebGpuUnavailableError } from '../../src/errors.ts';
import { Engine } from '../../src/gpu/engine.ts';
import { affine, brokenKernel, floats, take, unheard, update } from '../support/kernels.ts';

/** An engine with a device of the test's own. */
const open = () => Engine.open(globalThis.ownGpu);
const params = { count: 4, factor: 2, addend: 1 };

describe('an engine', () => {
  it('is opened, used and closed again and again', async () => {
    for (let time = 0; time < 3; time += 1) {
      const engine = await open();
      const y = take(engine, 4);
      engine.commands.write(y.slice, Float32Array.of(1, 2, 3, 4));
      engine.commands.dispatch(update, { bindings: { y: y.slice }, params, workgroups: [1] });
      const reading = floats(engine.commands.read(y.slice));
      await engine.commands.submit();
      expect(await reading).toEqual([3, 5, 7, 9]);
      engine.dispose();
      expect(engine.usage()).toMatchObject({ bytes: 0, liveBytes: 0, liveBuffers: 0 });
    }
  });

  it('is let go of once it is disposed, and so is what hangs on it', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const use = async () => {
      const engine = await open();
      await engine.commands.submit();
      engine.dispose();
      return new WeakRef(engine);
    };
    const left = await use();
    await expect
      .poll(() => {
        collect();
        return left.deref() === undefined;
      })
      .toBe(true);
  });

  it('says what its adapter is', async () => {
    const engine = await open();
    const { description, isSoftware, subgroupSize } = engine.adapter;
    expect(description).not.toBe('');
    expect(isSoftware).toBe(true);
    expect([0, 4, 8, 16]).toContain(subgroupSize);
    engine.dispose();
  });

  it('is not to be had without WebGPU, or without an adapter, and says why', async () => {
    const none = { requestAdapter: async () => null } as unknown as GPU;
    await expect(Engine.open(none)).rejects.toMatchObject({
      name: 'WebGpuUnavailableError',
      reason: 'no-adapter',
    });
    const barren = {
      requestAdapter: async () => ({
        info: { vendor: 'v', architecture: 'a', description: 'd' },
        features: new Set(),
        limits: {},
        requestDevice: () => Promise.reject(new Error('out of devices')),
      }),
    } as unknown as GPU;
    await expect(Engine.open(barren)).rejects.toMatchObject({
      name: 'WebGpuUnavailableError',
      message: expect.stringContaining('out of devices'),
    });
    const missing = Engine.open();
    await expect(missing).rejects.toBeInstanceOf(WebGpuUnavailableError);
    await expect(missing).rejects.toMatchObject({
      reason: 'missing',
      message: expect.stringContaining('`gpu`'),
    });
  });
});

describe('a device that is taken away', () => {
  it('rejects what is pending, what is submitted later, and what is still being compiled', async () => {
    const reasons = await unheard(async () => {
      const engine = await open();
      const y = take(engine, 4);
      const work = () => {
        engine.commands.dispatch(update, { bindings: { y: y.slice }, params, workgroups: [1] });
        return engine.commands.read(y.slice);
      };
      const done = work();
      await engine.commands.submit();
      await done;
      const pending = work();
      const submitted = engine.commands.submit();
      const compiling = (() => {
        engine.commands.dispatch(affine, { bindings: { x: y.slice, y: y.slice }, params, workgroups: [1] });
        return engine.commands.read(y.slice);
      })();
      const alsoSubmitted = engine.commands.submit();
      engine.device.destroy();
      const outcomes = await Promise.allSettled([pending, compiling, submitted, alsoSubmitted]);
      for (const outcome of outcomes.slice(0, 2)) {
        expect(outcome).toMatchObject({ reason: expect.any(DeviceLostError) });
      }
      await engine.device.lost;
      expect(() => engine.check()).toThrow(DeviceLostError);
      const late = await Promise.allSettled([work(), engine.commands.submit()]);
      for (const outcome of late) {
        expect(outcome).toMatchObject({ reason: expect.any(DeviceLostError) });
        expect(outcome).toMatchObject({ reason: { reason: 'destroyed' } });
      }
    });
    expect(reasons).toEqual([]);
  });

  it('by dispose() has the same name for whoever still waits', async () => {
    const reasons = await unheard(async () => {
      const engine = await open();
      const y = take(engine, 4);
      const work = () => {
        engine.commands.dispatch(update, { bindings: { y: y.slice }, params, workgroups: [1] });
        return engine.commands.read(y.slice);
      };
      const first = work();
      await engine.commands.submit();
      const second = work();
      const submitting = engine.commands.submit();
      engine.dispose();
      for (const outcome of await Promise.allSettled([first, second, submitting])) {
        expect(outcome).toMatchObject({ reason: expect.any(DeviceLostError) });
      }
      engine.dispose();
    });
    expect(reasons).toEqual([]);
  });

  it('while a kernel fails to compile leaves nothing unheard', async () => {
    const reasons = await unheard(async () => {
      const engine = await open();
      const y = take(engine, 4);
      engine.commands.dispatch(brokenKernel(), { bindings: { y: y.slice }, params, workgroups: [1] });
      const submitting = engine.commands.submit();
      engine.dispose();
      await expect(submitting).rejects.toThrow();
    });
    expect(reasons).toEqual([]);
  });
});

describe('what the GPU refuses', () => {
  it('comes up as a GpuError at the next submit, and the one after that works', async () => {
    const engine = await open();
    const y = take(engine, 4);
    // 300 is beyond a buffer of 256 bytes.
    const call = (bytes: number) =>
      engine.commands.dispatch(update, {
        bindings: { y: { block: y.block, offset: 0, bytes } },
        params,
        workgroups: [1],
      });
    call(300);
    const reading = floats(engine.commands.read(y.slice));
    const [, read] = await Promise.allSettled([engine.commands.submit(), reading]);
    expect(read).toMatchObject({ status: 'rejected', reason: { name: 'GpuError', label: 'uncaptured' } });
    expect(read).toMatchObject({ reason: expect.any(GpuError) });
    engine.commands.write(y.slice, Float32Array.of(1, 1, 1, 1));
    call(16);
    const after = floats(engine.commands.read(y.slice));
    await engine.commands.submit();
    expect(await after).toEqual([3, 3, 3, 3]);
    engine.dispose();
  });
});
