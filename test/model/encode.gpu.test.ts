import { describe, expect, it } from 'vitest';
import { AbortError, ArgumentError, TabgradError } from '../../src/errors.ts';
import { similarity } from '../../src/model/similarity.ts';
import type { EncodeOptions, Pooling } from '../../src/types.ts';
import { unheard } from '../support/kernels.ts';
import { expectClose } from '../support/numbers.ts';
import { loadTiny } from '../support/tinyModel.ts';

const model = await loadTiny();
const width = 32;
const row = (data: Float32Array, i: number) => data.slice(i * width, (i + 1) * width);

/** Texts of 3 to 60 tokens, more than a batch holds. */
const many = Array.from({ length: 1500 }, (_, i) => `${'word '.repeat(1 + ((i * 7) % 40))}number ${i}`);

describe('encode()', () => {
  it('of no texts has no rows', async () => {
    for (const pooling of ['mean', 'mean-with-padding'] as Pooling[]) {
      expect(await model.encode([], { pooling })).toEqual({
        data: new Float32Array(0),
        shape: [0, width],
        tokens: [],
        truncated: [],
      });
    }
  });

  it('of an empty text, of blanks and of what is no text to the tokenizer is [CLS][SEP]', async () => {
    const { data, tokens, truncated } = await model.encode(['', ' \n\t ', '\u0000', 'x']);
    expect(tokens).toEqual([2, 2, 2, 3]);
    expect(truncated).toEqual([]);
    expect(row(data, 1)).toEqual(row(data, 0));
    expect(row(data, 2)).toEqual(row(data, 0));
    expect(row(data, 3)).not.toEqual(row(data, 0));
  });

  it('cuts at maxLength and says which: 2 leaves nothing of a text', async () => {
    const { data, tokens, truncated } = await model.encode(['', 'one', 'one two'], { maxLength: 2 });
    expect(tokens).toEqual([2, 2, 2]);
    expect(truncated).toEqual([1, 2]);
    expect(row(data, 2)).toEqual(row(data, 0));
    const three = await model.encode(['one', 'one two', 'one two three'], { maxLength: 3 });
    expect(three.truncated).toEqual([1, 2]);
    expect(row(three.data, 1)).toEqual(row(three.data, 0));
  });

  it('takes as many tokens as the model has positions, and no more', async () => {
    const long = 'word '.repeat(100);
    expect((await model.encode([long])).tokens).toEqual([48]);
    expect((await model.encode([long], { maxLength: 64 })).tokens).toEqual([64]);
    await expect(model.encode([long], { maxLength: 65 })).rejects.toThrow(/maxLength is 65.*2 to 64/);
  });

  it('gives each text the same vector whatever is in the batch, and whatever batch it is in', async () => {
    const { data, shape, tokens } = await model.encode(many);
    expect(shape).toEqual([many.length, width]);
    expect(tokens.reduce((a, b) => a + b)).toBeGreaterThan(3 * 8192);
    for (const i of [0, 1, 399, 750, 1499]) {
      const alone = await model.encode([many[i]!]);
      expectClose(row(data, i), alone.data, 1e-6);
    }
  });

  it('pools and normalizes as it is told', async () => {
    const texts = ['a short one', 'a longer text of quite a few more words'];
    const encode = (options: EncodeOptions) => model.encode(texts, options);
    const seen = new Set<string>();
    for (const pooling of ['mean', 'cls', 'max', 'mean-with-padding'] as Pooling[]) {
      const raw = await encode({ pooling, normalize: false });
      const unit = await encode({ pooling, normalize: true });
      for (const i of [0, 1]) {
        const length = Math.hypot(...row(raw.data, i));
        expect(Math.abs(length - 1)).toBeGreaterThan(1e-3);
        expectClose(
          row(unit.data, i),
          row(raw.data, i).map((value) => value / length),
          1e-6,
        );
      }
      seen.add(raw.data.join());
    }
    expect(seen.size).toBe(4);
    // The longest text has no padding, the others do.
    const [mean, padded] = [
      await encode({ pooling: 'mean' }),
      await encode({ pooling: 'mean-with-padding' }),
    ];
    expectClose(row(padded.data, 1), row(mean.data, 1), 1e-6);
    expect(similarity(padded, mean).data[0]).toBeLessThan(0.9999);
  });

  it('tells how far it is', async () => {
    const done: number[] = [];
    await model.encode(many, {
      onProgress: (event) => {
        expect(event).toMatchObject({ status: 'encode', total: many.length });
        if (event.status === 'encode') done.push(event.done);
      },
    });
    expect(done[0]).toBe(0);
    expect(done.at(-1)).toBe(many.length);
    expect(done.length).toBeGreaterThan(3);
    expect(done).toEqual([...done].sort((a, b) => a - b));
  });

  it('takes the texts as they are when it is called', async () => {
    const texts = many.slice(0, 300);
    const encoding = model.encode(texts);
    texts.length = 2;
    texts.push('another');
    const { shape, tokens } = await encoding;
    expect(shape).toEqual([300, width]);
    expect(tokens).toHaveLength(300);
  });

  it('refuses what is wrong, and is usable afterwards', async () => {
    await expect(model.encode('text' as unknown as string[])).rejects.toThrow(ArgumentError);
    await expect(model.encode(['a', 7 as unknown as string])).rejects.toMatchObject({ position: 1 });
    await expect(model.encode(['a'], { maxLength: Number.NaN })).rejects.toThrow(ArgumentError);
    expect((await model.encode(['a'])).shape).toEqual([1, width]);
  });

  it('fails where its progress callback does, and is usable afterwards', async () => {
    const reasons = await unheard(async () => {
      const failing = model.encode(many, {
        onProgress: (event) => {
          if (event.status === 'encode' && event.done > 0) throw new RangeError('mine');
        },
      });
      await expect(failing).rejects.toThrow(new RangeError('mine'));
    });
    expect(reasons).toEqual([]);
    expect((await model.encode(['a'])).shape).toEqual([1, width]);
  });
});

describe('several calls at once', () => {
  it('get each their own vectors', async () => {
    const slices = [0, 1, 2, 3, 4, 5].map((i) => many.slice(250 * i, 250 * (i + 1)));
    const poolings: Pooling[] = ['mean', 'cls', 'max', 'mean-with-padding', 'mean', 'cls'];
    const together = await Promise.all(
      slices.map((texts, i) => model.encode(texts, { pooling: poolings[i], normalize: i % 2 === 0 })),
    );
    for (const [i, texts] of slices.entries()) {
      const alone = await model.encode(texts, { pooling: poolings[i], normalize: i % 2 === 0 });
      expectClose(together[i]!.data, alone.data, 1e-6);
      expect(together[i]!.tokens).toEqual(alone.tokens);
    }
  });

  it('leave no memory behind', async () => {
    const before = await model.usage();
    await Promise.all([0, 1, 2, 3].map((i) => model.encode(many.slice(100 * i, 100 * i + 100))));
    const after = await model.usage();
    expect(after.liveBytes).toBe(before.liveBytes);
    expect(after.liveBuffers).toBe(before.liveBuffers);
  });
});

describe('a stop', () => {
  it('before or in the middle ends one call alone, and the model is usable', async () => {
    const before = await model.usage();
    await expect(model.encode(['a'], { signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
    const reasons = await unheard(async () => {
      const stop = new AbortController();
      const stopped = model.encode(many, {
        signal: stop.signal,
        onProgress: (event) => {
          if (event.status === 'encode' && event.done > 0) stop.abort();
        },
      });
      const other = model.encode(many.slice(0, 500));
      await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
      expect((await other).shape).toEqual([500, width]);
    });
    expect(reasons).toEqual([]);
    expect((await model.encode(['a'])).shape).toEqual([1, width]);
    // The batch that the stopped call left behind is read when it is ready, which may be later.
    await expect.poll(async () => (await model.usage()).liveBytes).toBe(before.liveBytes);
  });
});

describe('dispose()', () => {
  it('during encode() ends it by a named error', async () => {
    for (const moment of ['at once', 'in the middle'] as const) {
      const doomed = await loadTiny();
      const reasons = await unheard(async () => {
        const encoding = doomed.encode(many, {
          onProgress: (event) => {
            if (moment === 'in the middle' && event.status === 'encode' && event.done > 0)
              void doomed.dispose();
          },
        });
        if (moment === 'at once') void doomed.dispose();
        const error = await encoding.then(
          () => expect.unreachable(),
          (reason: unknown) => reason,
        );
        expect(error).toBeInstanceOf(TabgradError);
        expect(error).not.toBeInstanceOf(AbortError);
      });
      expect(reasons).toEqual([]);
    }
  });

  it('gives all memory back, may be called again, and leaves a model that says what to do', async () => {
    const doomed = await loadTiny();
    await doomed.encode(['a']);
    await doomed.dispose();
    await doomed.dispose();
    expect(await doomed.usage()).toMatchObject({ bytes: 0, liveBytes: 0, liveBuffers: 0 });
    await expect(doomed.encode(['a'])).rejects.toThrow(/disposed.*fromPretrained/);
    await expect(doomed.encode([])).rejects.toThrow(TabgradError);
  });

  it('of one model leaves another alone', async () => {
    const [one, two] = [await loadTiny(), await loadTiny()];
    const encoding = two.encode(many.slice(0, 400));
    await one.dispose();
    expect((await encoding).shape).toEqual([400, width]);
    await two.dispose();
  });
});

describe('batches of many lengths', () => {
  it('share a pool: seen once, no length needs another buffer', async () => {
    const own = await loadTiny();
    const encode = (count: number) =>
      own.encode(Array.from({ length: count }, (_, i) => 'word '.repeat(1 + ((count * i) % 46))));
    for (let count = 1; count < 60; count += 2) await encode(count);
    const { created, liveBytes } = await own.usage();
    for (let count = 59; count > 0; count -= 2) await encode(count);
    const after = await own.usage();
    expect(after.created.buffers).toBe(created.buffers);
    expect(after.liveBytes).toBe(liveBytes);
    await own.dispose();
  });
});
