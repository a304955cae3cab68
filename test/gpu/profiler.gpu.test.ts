import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Patience } from '../../src/gpu/patience.ts';
import { Profiler } from '../../src/gpu/profiler.ts';
import { testEngine } from '../support/engine.ts';
import { affine, floats, take, update } from '../support/kernels.ts';

const engine = await testEngine();
const { commands } = engine;

describe.runIf(engine.device.features.has('timestamp-query'))('a profile', () => {
  it('has a time and the calls of each kernel, the longest first, and results stay right', async () => {
    const count = 2 ** 16;
    const [x, y] = [take(engine, count), take(engine, count)];
    const live = engine.usage();
    const profiler = new Profiler(engine.device, engine.buffers);
    commands.profiler = profiler;
    const started = performance.now();
    commands.dispatch(update, {
      bindings: { y: x.slice },
      params: { count, factor: 0, addend: 5 },
      workgroups: [1024],
    });
    for (let i = 0; i < 3; i += 1) {
      commands.dispatch(affine, {
        bindings: { x: x.slice, y: y.slice },
        params: { count, factor: 2, addend: i },
        workgroups: [1024],
      });
    }
    const reading = floats(commands.read(y.slice));
    await commands.submit();
    commands.profiler = undefined;
    const values = await reading;
    const elapsed = performance.now() - started;
    expect([values[0], values.at(-1)]).toEqual([12, 12]);

    const rows = await profiler.results();
    expect(new Map(rows.map(({ name, calls }) => [name, calls]))).toEqual(
      new Map([
        ['test.affine', 3],
        ['test.update', 1],
      ]),
    );
    for (const { milliseconds } of rows) expect(milliseconds).toBeGreaterThan(0);
    expect(rows[0]!.milliseconds).toBeGreaterThanOrEqual(rows[1]!.milliseconds);
    expect(rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0)).toBeLessThan(elapsed);
    const { liveBuffers, liveBytes } = engine.usage();
    expect({ liveBuffers, liveBytes }).toEqual({ liveBuffers: live.liveBuffers, liveBytes: live.liveBytes });
    x.give();
    y.give();
  });

  it('goes on over several submits', async () => {
    const y = take(engine, 4);
    const profiler = new Profiler(engine.device, engine.buffers);
    const { liveBuffers } = engine.usage();
    commands.profiler = profiler;
    for (let i = 0; i < 3; i += 1) {
      commands.dispatch(update, {
        bindings: { y: y.slice },
        params: { count: 4, factor: 0, addend: i },
        workgroups: [1],
      });
      await commands.submit();
    }
    commands.profiler = undefined;
    expect(await profiler.results()).toMatchObject([{ name: 'test.update', calls: 3 }]);
    expect(engine.usage().liveBuffers).toBe(liveBuffers);
    y.give();
  });

  it('of nothing is empty', async () => {
    expect(await new Profiler(engine.device, engine.buffers).results()).toEqual([]);
  });
});

describe('patience', () => {
  const waited = async (patience: Patience, work: string[]) => {
    const one = patience.begin(work);
    const started = performance.now();
    const waiting = one.wait();
    await vi.runAllTimersAsync();
    await waiting;
    return { milliseconds: performance.now() - started, end: one.end };
  };
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  it('asks at once for work it has not seen, and later for work it has', async () => {
    const patience = new Patience();
    const first = await waited(patience, ['a', 'b']);
    expect(first.milliseconds).toBe(0);
    vi.advanceTimersByTime(60);
    first.end();
    expect((await waited(patience, ['a', 'b'])).milliseconds).toBe(48);
    expect((await waited(patience, ['a', 'c'])).milliseconds).toBe(0);
  });

  it('believes the shortest time: one slow run does not slow down those after it', async () => {
    const patience = new Patience();
    (await waited(patience, ['k'])).end();
    const slow = await waited(patience, ['k']);
    vi.advanceTimersByTime(80);
    slow.end();
    expect((await waited(patience, ['k'])).milliseconds).toBe(0);
  });
});
