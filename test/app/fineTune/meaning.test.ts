import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contrast, mix as mixColors, parseHex } from '../../../src/app/color.ts';
import { shade, strongest } from '../../../src/app/fineTune/colors.ts';
import type { HeldOutTexts } from '../../../src/app/fineTune/learning/heldOut.ts';
import { align } from '../../../src/app/fineTune/meaning/align.ts';
import { mix } from '../../../src/app/fineTune/meaning/glide.ts';
import { likeness } from '../../../src/app/fineTune/meaning/likeness.ts';
import { frame, pictureOf } from '../../../src/app/fineTune/meaning/picture.ts';
import { answersOf } from '../../../src/app/fineTune/mistakes/answers.ts';
import { themes } from '../../support/themes.ts';

const size = { min: -10, max: 10, noNaN: true };
const pairs = fc.array(fc.tuple(fc.double(size), fc.double(size)), { minLength: 2, maxLength: 20 });

describe('align', () => {
  it('undoes a turn and a mirroring', () => {
    fc.assert(
      fc.property(
        pairs,
        fc.double({ min: 0, max: 6.2, noNaN: true }),
        fc.boolean(),
        (points, angle, isMirrored) => {
          const others = new Float32Array(points.flat());
          const [c, s] = [Math.cos(angle), Math.sin(angle)];
          const turned = points.flatMap(([x, y]) => {
            const v = isMirrored ? -y : y;
            return [c * x - s * v, s * x + c * v];
          });
          const back = align(new Float32Array(turned), others);
          return back.every((value, i) => Math.abs(value - others[i]!) < 1e-3);
        },
      ),
    );
  });

  it('leaves points alone that have nothing to be turned to', () => {
    expect([...align(new Float32Array([1, 2]), new Float32Array(2))]).toEqual([1, 2]);
  });
});

describe('likeness', () => {
  const embeddings = (rows: number[][]) => ({
    data: new Float32Array(rows.flat()),
    shape: [rows.length, rows[0]!.length] as [number, number],
  });

  it('is the mean cosine of all pairs with the same label, and of those with different ones', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.double({ min: 0.1, max: 3, noNaN: true }), { minLength: 3, maxLength: 3 }), {
          minLength: 4,
          maxLength: 12,
        }),
        (rows) => {
          const labels = rows.map((_, i) => ['x', 'y', undefined][i % 3]);
          const sums = { same: [] as number[], different: [] as number[] };
          for (let i = 0; i < rows.length; i++) {
            for (let j = 0; j < i; j++) {
              if (labels[i] === undefined || labels[j] === undefined) continue;
              const dot = rows[i]!.reduce((sum, x, k) => sum + x * rows[j]![k]!, 0);
              const cosine = dot / Math.hypot(...rows[i]!) / Math.hypot(...rows[j]!);
              sums[labels[i] === labels[j] ? 'same' : 'different'].push(cosine);
            }
          }
          const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
          const found = likeness(embeddings(rows), labels);
          expect(found.same).toBeCloseTo(mean(sums.same), 5);
          expect(found.different).toBeCloseTo(mean(sums.different), 5);
        },
      ),
    );
  });

  it('is no number without a pair', () => {
    expect(likeness(embeddings([[1, 0]]), ['x'])).toEqual({ same: Number.NaN, different: Number.NaN });
  });
});

/** n texts; `late` moves those of the second label away. */
function texts(n: number, late: number, run = 1): HeldOutTexts {
  const vectors = (shift: number) => ({
    data: Float32Array.from({ length: 3 * n }, (_, i) => {
      const row = Math.floor(i / 3);
      return [row % 5, (row * 7) % 3, row % 2 ? shift : 0][i % 3]!;
    }),
    shape: [n, 3] as [number, number],
  });
  const probabilities = {
    a: {
      data: Float32Array.from({ length: 2 * n }, (_, i) => [0.7, 0.3][i % 2]!),
      shape: [n, 2] as [number, number],
    },
  };
  const examples = Array.from({ length: n }, (_, i) => i);
  return {
    run,
    texts: examples.map((i) => ({
      text: `text ${i}`,
      labels: (i === 0 ? {} : { a: 'xy'[i % 2]! }) as Record<string, string>,
    })),
    tasks: [{ name: 'a', labels: ['x', 'y'] }],
    first: { examples, probabilities, embeddings: vectors(0) },
    latest: { examples, probabilities, embeddings: vectors(late) },
  };
}

describe('the map of held-out texts', () => {
  it('places each before and now, within its frame', async () => {
    const picture = await pictureOf(texts(30, 20), undefined);
    expect([picture.before.length, picture.now.length, picture.total, picture.isLater]).toEqual([
      60,
      60,
      30,
      true,
    ]);
    for (const points of [picture.before, picture.now]) {
      points.forEach((value, i) => {
        expect(value).toBeGreaterThan(0);
        expect(value).toBeLessThan(i % 2 ? frame.height : frame.width);
      });
    }
    const moved = (i: number) =>
      Math.hypot(
        picture.now[2 * i]! - picture.before[2 * i]!,
        picture.now[2 * i + 1]! - picture.before[2 * i + 1]!,
      );
    expect(moved(2)).toBeLessThan(0.1);
    expect(moved(3)).toBeGreaterThan(50);
  });

  it('turns to the picture before it, of the same run only', async () => {
    const first = await pictureOf(texts(30, 20), undefined);
    const turned = { ...first, plane: first.plane.map((value) => -value) };
    const next = await pictureOf(texts(30, 20), turned);
    next.plane.forEach((value, i) => {
      expect(value).toBeCloseTo(turned.plane[i]!, 4);
    });
    const other = await pictureOf(texts(30, 20, 2), turned);
    expect(other.plane[0]).toBeCloseTo(first.plane[0]!, 5);
  });

  it('shows an even choice of very many, and one text alone', async () => {
    const many = await pictureOf(texts(1000, 5), undefined);
    expect([many.texts.length, many.total, many.texts[1]!.text]).toEqual([400, 1000, 'text 2']);
    const one = await pictureOf(texts(1, 5), undefined);
    expect([...one.now, ...one.before].every(Number.isFinite)).toBe(true);
  });

  it('mixes places', () => {
    expect([...mix(new Float32Array([0, 10]), new Float32Array([4, 20]), 0.25)]).toEqual([1, 12.5]);
  });
});

describe('answers of the heads', () => {
  it('are counted by label and answer, and the mistakes named', () => {
    const [head] = answersOf(texts(5, 0));
    // Texts 1 to 4 are y, x, y, x; the head says x of all.
    expect([...head!.confusion]).toEqual([2, 0, 2, 0]);
    expect([head!.count, head!.right]).toEqual([4, 2]);
    expect(head!.mistakes.map(({ text, label, predicted }) => [text, label, predicted])).toEqual([
      ['text 1', 1, 0],
      ['text 3', 1, 0],
    ]);
    expect(head!.mistakes[0]!.probability).toBeCloseTo(0.7, 6);
  });

  it('are none of a task without probabilities or without labels', () => {
    const given = texts(5, 0);
    expect(answersOf({ ...given, tasks: [{ name: 'toString', labels: ['x', 'y'] }] })).toEqual([]);
    expect(answersOf({ ...given, texts: given.texts.map(({ text }) => ({ text, labels: {} })) })).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('have cells on which ink reads, %s', (theme) => {
    const of = (name: string) => parseHex(themes[theme][name]!);
    for (const color of ['accent', 'error']) {
      const ground = mixColors(of('card'), of(color), strongest / 100);
      expect(contrast(of('ink'), ground)).toBeGreaterThanOrEqual(4.5);
    }
    expect(shade(1, true)).toContain(`${strongest}%`);
    expect(shade(0, true)).toBeUndefined();
    expect(shade(Number.NaN, false)).toBeUndefined();
  });
});
