import { describe, expect, it } from 'vitest';
import { KernelError } from '../../src/errors.ts';
import type { Slice } from '../../src/gpu/commands.ts';
import { kernel } from '../../src/gpu/kernel.ts';
import { testEngine } from '../support/engine.ts';
import { affine, brokenKernel, floats, take, unheard, update } from '../support/kernels.ts';

const engine = await testEngine();
const { commands } = engine;

function set(y: Slice, value: number): void {
  commands.dispatch(update, {
    bindings: { y },
    params: { count: 4, factor: 0, addend: value },
    workgroups: [1],
  });
}
function change(y: Slice, factor: number, addend: number): void {
  commands.dispatch(update, { bindings: { y }, params: { count: 4, factor, addend }, workgroups: [1] });
}
const four = (value: number) => [value, value, value, value];

describe('one submit', () => {
  it('runs kernels and readbacks in the order they were recorded', async () => {
    const { slice, give } = take(engine, 4);
    set(slice, 1);
    const first = floats(commands.read(slice));
    change(slice, 10, 2);
    const second = floats(commands.read(slice));
    change(slice, 2, 1);
    set(slice, -5);
    const third = floats(commands.read(slice));
    await commands.submit();
    give();
    expect(await Promise.all([first, second, third])).toEqual([four(1), four(12), four(-5)]);
  });

  it('gives each kernel its own parameters, equal blocks or not', async () => {
    const x = take(engine, 4);
    const outputs = [1, 2, 3, 4, 5].map((factor) => {
      const y = take(engine, 4);
      commands.dispatch(affine, {
        bindings: { x: x.slice, y: y.slice },
        params: { count: 4, factor, addend: 100 * factor },
        workgroups: [1],
      });
      return y;
    });
    commands.write(x.slice, Float32Array.of(0, 1, 2, 3));
    const reading = outputs.map(({ slice }) => floats(commands.read(slice)));
    await commands.submit();
    for (const { give } of [x, ...outputs]) give();
    expect(await Promise.all(reading)).toEqual(
      [1, 2, 3, 4, 5].map((f) => [100 * f, 101 * f, 102 * f, 103 * f]),
    );
  });

  it('takes as many kernels as are recorded: a second submit from the 513th on', async () => {
    const { slice, give } = take(engine, 4);
    const before = engine.usage();
    set(slice, 0);
    // Integers stay below 2²⁴, so a sum that is right is exact.
    for (let i = 1; i < 1200; i += 1) change(slice, 1, i);
    const reading = floats(commands.read(slice));
    await commands.submit();
    give();
    expect(await reading).toEqual(four((1199 * 1200) / 2));
    const after = engine.usage();
    expect(after.dispatches - before.dispatches).toBe(1200);
    expect(after.submits - before.submits).toBe(3);
  });

  it('has room for exactly 512 kernels and any number of readbacks', async () => {
    const { slice, give } = take(engine, 4);
    const before = engine.usage().submits;
    set(slice, 1);
    for (let i = 1; i < 512; i += 1) change(slice, 1, 1);
    const reading = floats(commands.read(slice));
    await commands.submit();
    expect(await reading).toEqual(four(512));
    expect(engine.usage().submits - before).toBe(1);
    for (let i = 0; i < 513; i += 1) change(slice, 1, 1);
    const more = [floats(commands.read(slice)), floats(commands.read(slice))];
    await commands.submit();
    give();
    expect(await Promise.all(more)).toEqual([four(1025), four(1025)]);
    expect(engine.usage().submits - before).toBe(3);
  });

  it('of nothing does nothing', async () => {
    const before = engine.usage();
    await commands.submit();
    await commands.submit();
    expect(engine.usage()).toEqual(before);
  });

  it('reads a part of a block: offset and length', async () => {
    const { block, slice, give } = take(engine, 128);
    commands.write(
      slice,
      Float32Array.from({ length: 128 }, (_, i) => i),
    );
    const reading = floats(commands.read({ block, offset: 256, bytes: 12 }));
    await commands.submit();
    give();
    expect(await reading).toEqual([64, 65, 66]);
  });
});

describe('several submits', () => {
  it('keep their order where nobody waits, a new kernel in the first or not', async () => {
    const { slice, give } = take(engine, 4);
    // Not compiled yet, so that the first submit has to wait while the second could go.
    const slow = kernel(
      'test.slow',
      update.source.replace('params.factor *', 'params.factor * 1.0 *'),
      'forward',
    );
    const submits: Promise<void>[] = [];
    set(slice, 3);
    commands.dispatch(slow, {
      bindings: { y: slice },
      params: { count: 4, factor: 10, addend: 1 },
      workgroups: [1],
    });
    const first = floats(commands.read(slice));
    submits.push(commands.submit());
    change(slice, 2, 0);
    const second = floats(commands.read(slice));
    submits.push(commands.submit());
    set(slice, 7);
    const third = floats(commands.read(slice));
    submits.push(commands.submit());
    await Promise.all(submits);
    give();
    expect(await Promise.all([first, second, third])).toEqual([four(31), four(62), four(7)]);
  });

  it('settle a readback while later work goes on', async () => {
    const { slice, give } = take(engine, 4);
    const readings: Promise<number[]>[] = [];
    for (let i = 0; i < 20; i += 1) {
      set(slice, i);
      for (let j = 0; j < 20; j += 1) change(slice, 1, 1);
      readings.push(floats(commands.read(slice)));
      void commands.submit();
    }
    expect(await readings[3]).toEqual(four(23));
    set(slice, -1);
    readings.push(floats(commands.read(slice)));
    await commands.submit();
    give();
    const values = (await Promise.all(readings)).map(([value]) => value);
    expect(values).toEqual([...Array.from({ length: 20 }, (_, i) => i + 20), -1]);
  });
});

describe('a kernel that fails', () => {
  it('rejects the readbacks of its submit, by the same error, and gives all blocks back', async () => {
    const { liveBuffers, liveBytes } = engine.usage();
    const { slice, give } = take(engine, 4);
    set(slice, 1);
    const before = commands.read(slice);
    commands.dispatch(brokenKernel(), { bindings: { y: slice }, params: { count: 4 }, workgroups: [1] });
    const after = commands.read(slice);
    let released = 0;
    commands.releaseAfterSubmit(() => {
      released += 1;
    });
    const outcomes = await Promise.allSettled([commands.submit(), before, after]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: expect.any(KernelError) });
    expect(released).toBe(1);
    give();
    expect(engine.usage()).toMatchObject({ liveBuffers, liveBytes });
  });

  it('leaves the submit behind it alone', async () => {
    const { slice, give } = take(engine, 4);
    const reasons = await unheard(async () => {
      commands.dispatch(brokenKernel(), { bindings: { y: slice }, params: { count: 4 }, workgroups: [1] });
      const failing = commands.submit();
      set(slice, 4);
      const reading = floats(commands.read(slice));
      const working = commands.submit();
      await expect(failing).rejects.toThrow(KernelError);
      await working;
      expect(await reading).toEqual(four(4));
    });
    give();
    expect(reasons).toEqual([]);
  });

  it('in a long recording does not spoil the part that was already submitted', async () => {
    const { slice, give } = take(engine, 4);
    const { liveBuffers } = engine.usage();
    set(slice, 1);
    for (let i = 1; i < 512; i += 1) change(slice, 1, 1);
    const reading = commands.read(slice);
    commands.dispatch(brokenKernel(), { bindings: { y: slice }, params: { count: 4 }, workgroups: [1] });
    const lost = commands.read(slice);
    const [submitted, early, late] = await Promise.allSettled([commands.submit(), floats(reading), lost]);
    expect(submitted).toMatchObject({ reason: expect.any(KernelError) });
    expect(early).toEqual({ status: 'fulfilled', value: four(512) });
    expect(late).toMatchObject({ reason: expect.any(KernelError) });
    expect(engine.usage().liveBuffers).toBe(liveBuffers);
    give();
  });
});

describe('bind groups', () => {
  it('are made once for a kernel on the same blocks', async () => {
    const x = take(engine, 4);
    const y = take(engine, 4);
    const call = (from: Slice, to: Slice) =>
      commands.dispatch(affine, {
        bindings: { x: from, y: to },
        params: { count: 4, factor: 1, addend: 0 },
        workgroups: [1],
      });
    call(x.slice, y.slice);
    call(y.slice, x.slice);
    const before = engine.usage().created.bindGroups;
    for (let i = 0; i < 10; i += 1) {
      call(x.slice, y.slice);
      call(y.slice, x.slice);
    }
    await commands.submit();
    x.give();
    y.give();
    expect(engine.usage().created.bindGroups).toBe(before);
  });

  it('are dropped when a buffer goes, so that none of them keeps its memory', async () => {
    const { slice, give } = take(engine, 4);
    const made = () => engine.usage().created.bindGroups;
    set(slice, 1);
    const before = made();
    set(slice, 2);
    expect(made()).toBe(before);
    engine.buffers.release(engine.buffers.acquire(1e6, 'tensor'), 'tensor');
    engine.buffers.trim();
    change(slice, 10, 3);
    expect(made()).toBe(before + 1);
    const reading = floats(commands.read(slice));
    await commands.submit();
    give();
    expect(await reading).toEqual(four(23));
  });

  it('are not kept without end: of 5,000 different ones the first is made anew, and works', async () => {
    const { block, slice, give } = take(engine, 8192);
    set(slice, 0);
    const part = (i: number): Slice => ({ block, offset: 0, bytes: 16 + 4 * i });
    change(part(0), 1, 1);
    const before = engine.usage().created.bindGroups;
    change(part(0), 1, 1);
    expect(engine.usage().created.bindGroups).toBe(before);
    for (let i = 1; i < 5000; i += 1) change(part(i), 1, 1);
    change(part(0), 1, 1);
    expect(engine.usage().created.bindGroups).toBe(before + 5000);
    const reading = floats(commands.read({ block, offset: 0, bytes: 16 }));
    await commands.submit();
    give();
    expect(await reading).toEqual(four(5002));
  });
});
