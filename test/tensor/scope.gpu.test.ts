import { beforeEach, describe, expect, it } from 'vitest';
import { KernelError, ShapeError, TabgradError } from '../../src/errors.ts';
import { kernel } from '../../src/gpu/kernel.ts';
import { run } from '../../src/ops/run.ts';
import { softmax } from '../../src/ops/softmax.ts';
import { release, scope } from '../../src/tensor/scope.ts';
import { empty, fromData, type Tensor, toFloats, view } from '../../src/tensor/tensor.ts';
import { testEngine } from '../support/engine.ts';

const engine = await testEngine();
const { commands } = engine;

const sumSource = (operator: string) => `
  struct Params { count: u32 }
  @group(0) @binding(0) var<uniform> params: Params;
  @group(0) @binding(1) var<storage, read> a: array<f32>;
  @group(0) @binding(2) var<storage, read> b: array<f32>;
  @group(0) @binding(3) var<storage, read_write> y: array<f32>;
  @compute @workgroup_size(64) fn forward(@builtin(global_invocation_id) id: vec3u) {
    if (id.x < params.count) { y[id.x] = a[id.x] ${operator} b[id.x]; }
  }`;
const sum = kernel('test.sum', sumSource('+'), 'forward');

function add(a: Tensor, b: Tensor): Tensor {
  const y = empty(engine, a.shape);
  run(sum, { a, b, y }, { params: { count: a.size }, workgroups: [Math.ceil(a.size / 64)] });
  return y;
}
const filled = (value: number, count = 100) => fromData(engine, new Float32Array(count).fill(value));
const expectAll = (values: ArrayLike<number>, value: number) =>
  expect([...new Set(Array.from(values))]).toEqual([value]);

/** Memory in use, without the data that waits for a submit. */
async function live() {
  await commands.submit();
  const { liveBytes, liveBuffers } = engine.usage();
  return { liveBytes, liveBuffers };
}
let before: Awaited<ReturnType<typeof live>>;
beforeEach(async () => {
  before = await live();
});

describe('a scope', () => {
  it('gives back all that was made in it', async () => {
    const reading = scope(engine, () => {
      const y = add(filled(1), filled(2));
      return toFloats(add(y, add(y, y)));
    });
    await commands.submit();
    expectAll(await reading, 9);
    expect(await live()).toEqual(before);
  });

  it('passes what it returns to the scope around, one tensor or several', async () => {
    const reading = scope(engine, () => {
      const one = scope(engine, () => add(filled(1), filled(2)));
      const [two, three] = scope(engine, () => [add(one, filled(10)), add(one, filled(100))]);
      // Takes memory that the inner scopes gave back; what they returned must not be in it.
      for (let i = 0; i < 5; i += 1) scope(engine, () => add(filled(-1), filled(-1)));
      return toFloats(add(one, add(two!, three!)));
    });
    await commands.submit();
    expectAll(await reading, 3 + 13 + 103);
    expect(await live()).toEqual(before);
  });

  it('without one around leaves its result to the caller', async () => {
    const y = scope(engine, () => add(filled(1), filled(2)));
    expect((await live()).liveBuffers).toBe(before.liveBuffers + 1);
    const reading = toFloats(y);
    await commands.submit();
    expectAll(await reading, 3);
    release(y);
    expect(await live()).toEqual(before);
  });

  it('passes data from this side outward too', async () => {
    const x = scope(engine, () => filled(4));
    const reading = scope(engine, () => toFloats(add(x, filled(1))));
    await commands.submit();
    expectAll(await reading, 5);
    release(x);
    expect(await live()).toEqual(before);
  });

  it('does not give back what belongs to a scope around it, or to somebody else', async () => {
    const reading = scope(engine, () => {
      const outer = add(filled(1), filled(1));
      const same = scope(engine, () => {
        const seen = view(engine, outer.slice, [10, 10]);
        release(seen);
        return outer;
      });
      expect(same).toBe(outer);
      scope(engine, () => add(filled(7), filled(7)));
      return toFloats(outer);
    });
    await commands.submit();
    expectAll(await reading, 2);
    expect(await live()).toEqual(before);
  });

  it('gives everything back when it throws, nested or not, and is closed then', async () => {
    expect(() =>
      scope(engine, () => {
        filled(1);
        scope(engine, () => {
          add(filled(1), filled(2));
          throw new RangeError('inside');
        });
      }),
    ).toThrow(new RangeError('inside'));
    expect(() => empty(engine, [1])).toThrow(TabgradError);
    expect(await live()).toEqual(before);
  });

  it('goes on after an error that was caught inside', async () => {
    const reading = scope(engine, () => {
      const x = filled(1);
      expect(() => scope(engine, () => softmax(x))).toThrow(ShapeError);
      return toFloats(add(x, x));
    });
    await commands.submit();
    expectAll(await reading, 2);
    expect(await live()).toEqual(before);
  });

  it('gives all back after a kernel that failed', async () => {
    const broken = kernel('test.scopeBroken', sumSource('+ nowhere +'), 'forward');
    const reading = scope(engine, () => {
      const x = filled(1);
      const y = empty(engine, x.shape);
      run(broken, { a: x, b: x, y }, { params: { count: x.size }, workgroups: [1] });
      return toFloats(y);
    });
    const outcomes = await Promise.allSettled([commands.submit(), reading]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: expect.any(KernelError) });
    expect(await live()).toEqual(before);
  });
});

describe('memory given back by hand inside a scope', () => {
  it('is not given back a second time at its end', async () => {
    const kept = scope(engine, () => {
      const early = add(filled(1), filled(2));
      release(early);
      // Gets the memory of `early`.
      return add(filled(10), filled(20));
    });
    const other = scope(engine, () => add(filled(100), filled(200)));
    const reading = [toFloats(kept), toFloats(other)];
    await commands.submit();
    const [first, second] = await Promise.all(reading);
    expectAll(first!, 30);
    expectAll(second!, 300);
    release(kept);
    release(other);
    expect(await live()).toEqual(before);
  });
});

describe('a tensor', () => {
  it('outside a scope is refused, and takes no memory', async () => {
    expect(() => empty(engine, [4])).toThrow(/outside any scope/);
    expect(() => fromData(engine, new Float32Array(4))).toThrow(/outside any scope/);
    expect(await live()).toEqual(before);
  });

  it('of data that does not fill its shape is refused', () => {
    scope(engine, () => {
      expect(() => fromData(engine, new Float32Array(3), [2, 2])).toThrow(ShapeError);
      expect(() => fromData(engine, new Float32Array(5), [2, 2])).toThrow(/5 numbers.*\[2, 2\]/);
    });
  });

  it('of no rows is a tensor', async () => {
    const reading = scope(engine, () => toFloats(fromData(engine, new Float32Array(0), [0, 4])));
    await commands.submit();
    expect(await reading).toHaveLength(0);
  });
});

describe('data from this side', () => {
  it('of a second scope does not overwrite that of a first which is not submitted yet', async () => {
    const record = (value: number) => scope(engine, () => toFloats(add(filled(value), filled(10 * value))));
    const readings = [1, 2, 3].map(record);
    await commands.submit();
    const more = [4, 5].map(record);
    const submitted = commands.submit();
    const last = record(6);
    await submitted;
    await commands.submit();
    const values = await Promise.all([...readings, ...more, last]);
    for (const [i, numbers] of values.entries()) expectAll(numbers, 11 * (i + 1));
  });

  it('keeps its memory while a submit waits for a kernel to compile', async () => {
    const slow = kernel('test.slowSum', sumSource('+ 0.5 +'), 'forward');
    const first = scope(engine, () => {
      const a = filled(1);
      const y = empty(engine, a.shape);
      run(slow, { a, b: a, y }, { params: { count: a.size }, workgroups: [2] });
      return toFloats(y);
    });
    const submitted = commands.submit();
    const second = scope(engine, () => toFloats(add(filled(50), filled(60))));
    await Promise.all([submitted, commands.submit()]);
    expectAll(await first, 2.5);
    expectAll(await second, 110);
    expect(await live()).toEqual(before);
  });

  it('gets its memory again after the submit: equal work makes no buffer', async () => {
    const work = async () => {
      const reading = scope(engine, () => toFloats(add(filled(1), filled(2))));
      await commands.submit();
      await reading;
    };
    await work();
    await work();
    const { created } = engine.usage();
    for (let i = 0; i < 5; i += 1) await work();
    expect(engine.usage().created).toEqual(created);
  });
});
