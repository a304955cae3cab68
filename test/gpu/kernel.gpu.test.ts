import { describe, expect, it } from 'vitest';
import { KernelError } from '../../src/errors.ts';
import { kernel } from '../../src/gpu/kernel.ts';
import { testEngine } from '../support/engine.ts';
import { affine, brokenKernel, floats, take, unheard, update } from '../support/kernels.ts';

const engine = await testEngine();
const { commands } = engine;
const params = { count: 4, factor: 2, addend: 1 };

/** y = 2 · 3 + 1 on a fresh block: fails where the engine is in a bad state. */
async function works(): Promise<void> {
  const y = take(engine, 4);
  commands.write(y.slice, Float32Array.of(3, 3, 3, 3));
  commands.dispatch(update, { bindings: { y: y.slice }, params, workgroups: [1] });
  const reading = floats(commands.read(y.slice));
  await commands.submit();
  expect(await reading).toEqual([7, 7, 7, 7]);
  y.give();
}

describe('a kernel that does not compile', () => {
  it('gives a KernelError with line, column and source line', async () => {
    const broken = brokenKernel();
    const y = take(engine, 4);
    commands.dispatch(broken, { bindings: { y: y.slice }, params, workgroups: [1] });
    const error: KernelError = await commands.submit().then(
      () => expect.unreachable(),
      (reason) => reason,
    );
    y.give();
    expect(error).toBeInstanceOf(KernelError);
    expect(error.kernel).toBe(broken.name);
    const name = /nowhere\d+/.exec(broken.source)![0];
    expect(error.message).toContain(`${broken.name} does not compile`);
    expect(error.message).toContain(
      `line 4, column ${broken.source.split('\n')[3]!.indexOf(name) + 1}: unresolved value '${name}'`,
    );
    expect(error.message).toContain(broken.source.split('\n')[3]);
    await works();
  });

  it('fails again when it is used again, and nothing is heard of it elsewhere', async () => {
    const broken = brokenKernel();
    const y = take(engine, 4);
    for (let time = 0; time < 2; time += 1) {
      commands.dispatch(broken, { bindings: { y: y.slice }, params, workgroups: [1] });
      await expect(commands.submit()).rejects.toThrow(KernelError);
    }
    y.give();
    await works();
    engine.check();
  });

  it('beside a second one in one submit leaves no rejection unheard', async () => {
    const y = take(engine, 4);
    const reasons = await unheard(async () => {
      for (const broken of [brokenKernel(), brokenKernel()]) {
        commands.dispatch(broken, { bindings: { y: y.slice }, params, workgroups: [1] });
      }
      await expect(commands.submit()).rejects.toThrow(KernelError);
    });
    expect(reasons).toEqual([]);
    // Nor where nobody waits for the submit.
    const notAwaited = await unheard(async () => {
      commands.dispatch(brokenKernel(), { bindings: { y: y.slice }, params, workgroups: [1] });
      void commands.submit();
      await commands.submit();
    });
    expect(notAwaited).toEqual([]);
    y.give();
    await works();
  });

  it('by a constant that the module does not have, or a missing entry point, is named too', async () => {
    const y = take(engine, 4);
    commands.dispatch(update, {
      bindings: { y: y.slice },
      params,
      constants: { NOT_THERE: 1 },
      workgroups: [1],
    });
    await expect(commands.submit()).rejects.toThrow(
      /test\.update: the pipeline could not be made.*NOT_THERE/s,
    );
    const wrongEntry = kernel('test.wrongEntry', update.source, 'backward');
    commands.dispatch(wrongEntry, { bindings: { y: y.slice }, params, workgroups: [1] });
    await expect(commands.submit()).rejects.toThrow(/test\.wrongEntry.*backward/s);
    y.give();
    await works();
  });
});

describe('a call of a kernel', () => {
  const y = take(engine, 4);

  it('names a binding that the kernel does not have, and those that it has', () => {
    const calling = () =>
      commands.dispatch(affine, { bindings: { x: y.slice, z: y.slice }, params, workgroups: [1] });
    expect(calling).toThrow(KernelError);
    expect(calling).toThrow('test.affine: it has no binding "z"; it has params, x, y.');
  });

  it('without one of the bindings fails when it is submitted', async () => {
    const x = take(engine, 4);
    commands.dispatch(affine, { bindings: { y: x.slice }, params, workgroups: [1] });
    await expect(commands.submit()).rejects.toThrow(/test\.affine/);
    x.give();
    await works();
  });

  it('names a missing parameter, and what was recorded before still runs', async () => {
    commands.write(y.slice, Float32Array.of(1, 2, 3, 4));
    commands.dispatch(update, { bindings: { y: y.slice }, params, workgroups: [1] });
    const calling = () =>
      commands.dispatch(update, {
        bindings: { y: y.slice },
        params: { count: 4, factor: 1 },
        workgroups: [1],
      });
    expect(calling).toThrow(KernelError);
    expect(calling).toThrow('test.update: parameter "addend" is missing');
    const reading = floats(commands.read(y.slice));
    await commands.submit();
    expect(await reading).toEqual([3, 5, 7, 9]);
  });

  it.each([[65_536], [1, 65_536], [1, 1, 65_536], [-1], [1.5], [Number.NaN]])(
    'of %s, %s, %s workgroups is refused',
    (...workgroups: number[]) => {
      const calling = () =>
        commands.dispatch(update, {
          bindings: { y: y.slice },
          params,
          workgroups: workgroups as [number, number?, number?],
        });
      expect(calling).toThrow(KernelError);
      expect(calling).toThrow(/test\.update: .* workgroups/);
    },
  );

  it('of no workgroups does nothing', async () => {
    const before = engine.usage().dispatches;
    commands.dispatch(update, { bindings: { y: y.slice }, params, workgroups: [3, 0] });
    await commands.submit();
    expect(engine.usage().dispatches).toBe(before);
  });
});

describe('pipelines', () => {
  const y = take(engine, 4);
  const source = `
    override SHIFT: f32 = 0;
    override ON: bool = true;
    @group(0) @binding(1) var<storage, read_write> y: array<f32>;
    @compute @workgroup_size(4) fn forward(@builtin(local_invocation_index) i: u32) {
      if (ON) { y[i] = y[i] + SHIFT; }
    }
    @compute @workgroup_size(4) fn zero(@builtin(local_invocation_index) i: u32) { y[i] = 0.0; }`;

  it('are made once for a kernel and a set of constants, and once more for another', async () => {
    const shift = kernel('test.shift', source, 'forward');
    const call = (constants: Record<string, number | boolean>) =>
      commands.dispatch(shift, { bindings: { y: y.slice }, constants, workgroups: [1] });
    commands.write(y.slice, new Float32Array(4));
    const before = engine.usage().created.pipelines;
    for (let time = 0; time < 5; time += 1) call({ SHIFT: 1 });
    expect(engine.usage().created.pipelines).toBe(before + 1);
    call({ SHIFT: 10 });
    call({ SHIFT: 100, ON: false });
    expect(engine.usage().created.pipelines).toBe(before + 3);
    const reading = floats(commands.read(y.slice));
    await commands.submit();
    expect(await reading).toEqual([15, 15, 15, 15]);
  });

  it('are one each for two entry points of one text, and for two texts under one name', async () => {
    const name = 'test.same';
    const call = (text: string, entry: string, constants = {}) =>
      commands.dispatch(kernel(name, text, entry), { bindings: { y: y.slice }, constants, workgroups: [1] });
    commands.write(y.slice, Float32Array.of(5, 5, 5, 5));
    call(source, 'forward', { SHIFT: 1 });
    let reading = floats(commands.read(y.slice));
    await commands.submit();
    expect(await reading).toEqual([6, 6, 6, 6]);

    call(source, 'zero', { SHIFT: 1 });
    call(source.replace('y[i] + SHIFT', 'y[i] - SHIFT'), 'forward', { SHIFT: 1 });
    reading = floats(commands.read(y.slice));
    await commands.submit();
    expect(await reading).toEqual([-1, -1, -1, -1]);
  });

  it('are counted as they are asked for and as they come', async () => {
    const counts: [number, number][] = [];
    engine.pipelines.onCompile = (done, total) => counts.push([done, total]);
    commands.dispatch(kernel('test.counted', source, 'zero'), { bindings: { y: y.slice }, workgroups: [1] });
    await commands.submit();
    engine.pipelines.onCompile = undefined;
    expect(counts).toHaveLength(2);
    const [[asked, total], [come]] = counts as [[number, number], [number, number]];
    expect(total).toBe(engine.usage().created.pipelines);
    expect(come).toBe(asked + 1);
    expect(come).toBe(total);
  });
});
