import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutOfMemoryError } from '../../src/errors.ts';
import { type Block, type BlockKind, Buffers, bucket, storageUsage } from '../../src/gpu/buffers.ts';
import { testEngine } from '../support/engine.ts';

const { device } = await testEngine();
const runs = { seed: 20_240, numRuns: 2000 };

describe('bucket()', () => {
  const bytes = fc.oneof(
    fc.integer({ min: 0, max: 2 ** 34 }),
    // Around powers of two, where a rounded logarithm would show.
    fc.tuple(fc.integer({ min: 4, max: 40 }), fc.integer({ min: -2, max: 2 })).map(([n, d]) => 2 ** n + d),
  );

  it('holds what was asked for and wastes at most a quarter, 256 bytes aside', () => {
    fc.assert(
      fc.property(bytes, (asked) => {
        const size = bucket(asked);
        expect(size).toBeGreaterThanOrEqual(asked);
        expect(size).toBeLessThanOrEqual(Math.max(256, 1.25 * asked));
      }),
      runs,
    );
  });

  it('gives multiples of 16 that are their own buckets, four to an octave', () => {
    fc.assert(
      fc.property(bytes, (asked) => {
        const size = bucket(asked);
        expect(size % 16).toBe(0);
        expect(bucket(size)).toBe(size);
        expect([4, 5, 6, 7]).toContain(size / 2 ** (Math.floor(Math.log2(size)) - 2));
      }),
      runs,
    );
  });

  it('never shrinks where more is asked for', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => bucket(Math.min(a, b)) <= bucket(Math.max(a, b))),
      runs,
    );
  });
});

describe('the pool', () => {
  it('counts what exists and what is in use', () => {
    const buffers = new Buffers(device);
    const kept = buffers.allocate(1000, storageUsage, 'kept');
    expect([kept.bytes, kept.buffer.size, kept.buffer.label]).toEqual([1008, 1008, 'kept']);
    const a = buffers.acquire(300, 'tensor');
    const b = buffers.acquire(300, 'input');
    expect([buffers.bytes, buffers.liveBytes, buffers.liveBuffers, buffers.created]).toEqual([
      1008 + 640,
      1008 + 640,
      3,
      3,
    ]);
    buffers.release(a, 'tensor');
    expect([buffers.bytes, buffers.liveBytes, buffers.liveBuffers]).toEqual([1648, 1328, 2]);
    buffers.destroy(kept);
    expect([buffers.bytes, buffers.liveBytes, buffers.liveBuffers]).toEqual([640, 320, 1]);
    buffers.release(b, 'input');
    buffers.trim();
    expect([buffers.bytes, buffers.liveBytes, buffers.liveBuffers, buffers.created]).toEqual([0, 0, 0, 3]);
  });

  it('gives a block again to its own kind and size only', () => {
    const buffers = new Buffers(device);
    const block = buffers.acquire(1000, 'tensor');
    buffers.release(block, 'tensor');
    expect(buffers.acquire(1000, 'input')).not.toBe(block);
    expect(buffers.acquire(1000, 'readback')).not.toBe(block);
    expect(buffers.acquire(1025, 'tensor')).not.toBe(block);
    expect(buffers.acquire(900, 'tensor')).toBe(block);
    buffers.dispose();
  });

  it('hands no block to two owners when one gives it back twice', () => {
    const buffers = new Buffers(device);
    const block = buffers.acquire(64, 'tensor');
    buffers.release(block, 'tensor');
    buffers.release(block, 'tensor');
    const [a, b] = [buffers.acquire(64, 'tensor'), buffers.acquire(64, 'tensor')];
    expect(a).toBe(block);
    expect(b).not.toBe(block);
    expect(buffers.liveBytes).toBe(512);
    buffers.dispose();
  });

  it('counts a block destroyed twice, or after the end of everything, once', () => {
    const buffers = new Buffers(device);
    const [a, b, c] = [1, 2, 3].map(() => buffers.allocate(64, storageUsage, 'kept')) as [
      Block,
      Block,
      Block,
    ];
    buffers.destroy(a);
    buffers.destroy(a);
    expect([buffers.bytes, buffers.liveBytes]).toEqual([128, 128]);
    const pooled = buffers.acquire(64, 'tensor');
    buffers.dispose();
    buffers.destroy(b);
    buffers.release(c, 'tensor');
    buffers.release(pooled, 'tensor');
    expect([buffers.bytes, buffers.liveBytes, buffers.liveBuffers]).toEqual([0, 0, 0]);
    expect(buffers.acquire(64, 'tensor')).not.toBe(pooled);
    buffers.dispose();
  });

  it('says when a buffer goes', () => {
    const buffers = new Buffers(device);
    let gone = 0;
    buffers.onDestroy = () => {
      gone += 1;
    };
    const block = buffers.acquire(64, 'tensor');
    buffers.release(block, 'tensor');
    expect(gone).toBe(0);
    buffers.trim();
    expect(gone).toBe(1);
  });

  it('refuses more than the adapter can hold in one buffer, naming both numbers', () => {
    const buffers = new Buffers(device);
    const limit = device.limits.maxBufferSize;
    expect(() => buffers.allocate(limit + 1, storageUsage, 'too large')).toThrow(OutOfMemoryError);
    expect(() => buffers.acquire(2 * limit, 'tensor')).toThrow(new RegExp(`largest buffer has ${limit}`));
    expect([buffers.bytes, buffers.liveBytes, buffers.created]).toEqual([0, 0, 0]);
  });

  it('gives equal work equal blocks, whatever order the ones before came back in', () => {
    type Step = { acquire: number } | { release: number };
    const step: fc.Arbitrary<Step> = fc.oneof(
      fc.record({ acquire: fc.constantFrom(100, 300, 300, 1000) }),
      fc.record({ release: fc.nat({ max: 20 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.infiniteStream(fc.nat()), (steps, order) => {
        const buffers = new Buffers(device);
        const kind: BlockKind = 'tensor';
        const play = () => {
          const held: Block[] = [];
          const ids: number[] = [];
          for (const one of steps) {
            if ('acquire' in one) {
              const block = buffers.acquire(one.acquire, kind);
              held.push(block);
              ids.push(block.id);
            } else {
              const [block] = held.splice(one.release, 1);
              if (block) buffers.release(block, kind);
            }
          }
          while (held.length > 0) {
            const at = order.next().value! % held.length;
            buffers.release(held.splice(at, 1)[0]!, kind);
          }
          return ids;
        };
        // The first time makes the blocks; from then on the same steps find the same ones.
        play();
        const { created } = buffers;
        const second = play();
        expect(play()).toEqual(second);
        expect(buffers.created).toBe(created);
        expect(buffers.liveBytes).toBe(0);
        buffers.dispose();
      }),
      { seed: 7, numRuns: 60 },
    );
  });
});
