import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestPoint, toPixels } from '../../src/app/map/frame.ts';
import { placeLabels, shortLabel } from '../../src/app/map/labels.ts';
import { nearestNeighbors } from '../../src/app/map/neighbors.ts';
import { fitPlane, project } from '../../src/app/map/pca.ts';
import { umap } from '../../src/app/map/umap.ts';
import { seededTensor } from '../support/seeded.ts';

interface Vectors {
  data: Float32Array<ArrayBuffer>;
  shape: [number, number];
}

function vectorsOf(rows: number[][]): Vectors {
  return { data: new Float32Array(rows.flat()), shape: [rows.length, rows[0]?.length ?? 3] };
}

function planeOf(vectors: Vectors) {
  const work = fitPlane(vectors);
  while (true) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

function near(actual: ArrayLike<number>, wanted: number[][]): void {
  expect(actual).toHaveLength(wanted.flat().length);
  for (const [i, value] of wanted.flat().entries()) expect(actual[i]).toBeCloseTo(value, 5);
}

// numpy 2.4.6 in float64: SVD of what is centred, signs as scikit-learn's svd_flip(u_based_decision=False).
const tall = [
  [1.0037, 1.5975, 0.7259, 0.5547, 0.9091],
  [-1.9749, 1.1203, 2.3402, 0.7539, 0.8759],
  [2.4695, 1.7138, 1.1054, 0.5348, 0.9941],
  [3.0859, -1.6884, 0.5424, 0.0494, 0.7421],
  [-4.5252, 0.5298, -0.2674, 1.1356, 1.0314],
  [0.4392, -4.0335, 0.4613, 0.9757, 1.0227],
  [-3.5904, 0.0445, 0.0215, 0.5956, 1.2122],
];
const ofTall = {
  points: [
    [1.0714313256066763, 1.9162702321130736],
    [-1.6394482067864578, 1.192864366885075],
    [2.4981581623143763, 2.3703458135054056],
    [3.7998533814186737, -0.8738167091451643],
    [-4.205357428751776, -0.3503516666457557],
    [1.6171608511978979, -3.685957664168188],
    [-3.1417980849993907, -0.569354372544446],
  ],
  explained: [0.6510346000237678, 0.3036959879513104],
};
const wide = [
  [-0.808, -0.033, 0.884, -0.584, -0.112, 0.11],
  [0.064, -1.225, 0.076, 1.359, -1.548, 0.859],
  [0.119, -0.641, 2.0, 0.762, -1.199, 0.075],
];
const ofWide = {
  points: [
    [-1.5506903941741044, -0.5397885092788609],
    [1.4869396337655911, -0.6123268671254887],
    [0.06375076040851313, 1.1521153764043495],
  ],
  explained: [0.698537560596768, 0.30146243940323203],
};

describe('PCA', () => {
  it.each([
    ['more vectors than dimensions', tall, ofTall],
    ['more dimensions than vectors', wide, ofWide],
  ])('%s: numpy’s points, signs and shares', (_, rows, wanted) => {
    const vectors = vectorsOf(rows);
    const plane = planeOf(vectors);
    near(project(plane, vectors), wanted.points);
    expect(plane.explained[0]).toBeCloseTo(wanted.explained[0]!, 6);
    expect(plane.explained[1]).toBeCloseTo(wanted.explained[1]!, 6);
  });

  it('is the same whichever of the two products is taken', () => {
    const n = 60;
    const wideOnes = { data: seededTensor('cloud', [n, 384], 1, 0), shape: [n, 384] as [number, number] };
    const plane = planeOf(wideOnes);
    const repeated = new Float32Array(wideOnes.data.length * 7);
    for (let i = 0; i < 7; i++) repeated.set(wideOnes.data, i * wideOnes.data.length);
    // 420 vectors of 384 dimensions: the same cloud, by way of the covariance.
    const again = planeOf({ data: repeated, shape: [7 * n, 384] });
    for (const [k, axis] of plane.axes.entries()) {
      for (const [i, value] of axis.entries()) expect(again.axes[k]![i]).toBeCloseTo(value, 6);
      expect(Math.hypot(...axis)).toBeCloseTo(1, 10);
      expect(Math.max(...axis)).toBe(Math.max(...axis.map(Math.abs)));
    }
  });

  it('does not depend on the order of the vectors', () => {
    const turned = [...tall].reverse();
    const points = project(planeOf(vectorsOf(tall)), vectorsOf(turned));
    near(points, [...ofTall.points].reverse());
    near(project(planeOf(vectorsOf(turned)), vectorsOf(turned)), [...ofTall.points].reverse());
  });

  it.each([
    ['no vector', []],
    ['one', [[1, 2, 3]]],
    ['equal ones', Array(5).fill([0.1, 0.2, 0.3])],
    ['equal ones, more than dimensions', Array(1000).fill([0.1, -7.7, 1e5])],
  ])('%s: all in one place', (_, rows) => {
    const vectors = vectorsOf(rows);
    const plane = planeOf(vectors);
    expect([...project(plane, vectors)].every((value) => value === 0)).toBe(true);
    expect(plane.explained).toEqual([0, 0]);
  });

  it('two vectors lie on a line', () => {
    const vectors = vectorsOf([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    const points = project(planeOf(vectors), vectors);
    near(points, [
      [Math.SQRT1_2, 0],
      [-Math.SQRT1_2, 0],
    ]);
  });
});

/** All eigenvalues of a symmetric matrix, the largest first, in float64: cyclic Jacobi rotations. */
function eigenvaluesOf(matrix: number[][]): number[] {
  const a = matrix.map((row) => [...row]);
  const n = a.length;
  for (let sweep = 0; sweep < 20; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const angle = Math.atan2(2 * a[p]![q]!, a[p]![p]! - a[q]![q]!) / 2;
        const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
        for (const row of a) {
          [row[p], row[q]] = [cos * row[p]! + sin * row[q]!, cos * row[q]! - sin * row[p]!];
        }
        const [rowP, rowQ] = [a[p]!, a[q]!];
        a[p] = rowP.map((value, i) => cos * value + sin * rowQ[i]!);
        a[q] = rowQ.map((value, i) => cos * value - sin * rowP[i]!);
      }
    }
  }
  return a.map((row, i) => row[i]!).sort((x, y) => y - x);
}

/** Σ (x − mean)(x − mean)ᵀ of the rows. */
function scatterOf(rows: number[][]): number[][] {
  const mean = rows[0]!.map((_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length);
  return mean.map((a, i) =>
    mean.map((b, j) => rows.reduce((sum, row) => sum + (row[i]! - a) * (row[j]! - b), 0)),
  );
}

describe('PCA against all eigenvalues', () => {
  const random = (n: number, dimension: number) =>
    Array.from({ length: n }, (_, i) => [...seededTensor(`row ${i} of ${n}`, [dimension], 1, 0)]);
  const corners = [1, -1].flatMap((x) => [1, -1].map((y) => [x, y]));

  it.each<[string, number[][]]>([
    ['random, more vectors than dimensions', random(40, 9)],
    ['random, as many', random(9, 9)],
    ['random, fewer', random(5, 12)],
    ['two equal eigenvalues', corners.map(([x, y]) => [x!, y!, 0, 0])],
    [
      'three equal eigenvalues',
      [...corners.map(([x, y]) => [x!, y!, 1]), ...corners.map(([x, y]) => [x!, y!, -1])],
    ],
    [
      'all equal, more dimensions than vectors',
      [0, 1, 2, 3].map((i) => [0, 1, 2, 3, 4, 5].map((j) => Number(i === j))),
    ],
    [
      'the second and the third close',
      [
        [9, 0, 0],
        [0, 3, 0],
        [0, 0, 2.98],
      ].flatMap((row) => [row, row.map((x) => -x)]),
    ],
    ['rank 1', [-2, 0.5, 1, 7].map((scale) => [3, -4, 12].map((value) => scale * value))],
    ['one dimension', [[1], [2], [4]]],
    ['two vectors', random(2, 6)],
  ])('%s', (_, rows) => {
    const vectors = vectorsOf(rows);
    const scatter = scatterOf(rows.map((row) => [...new Float32Array(row)]));
    const wanted = [...eigenvaluesOf(scatter), 0].slice(0, 2);
    const total = scatter.reduce((sum, row, i) => sum + row[i]!, 0);
    const { axes, explained } = planeOf(vectors);
    for (const [k, value] of wanted.entries()) {
      expect(explained[k]).toBeCloseTo(value! / total, 9);
      const axis = [...axes[k]!];
      if (value! < 1e-9 * total) {
        expect(axis.every((part) => part === 0)).toBe(true);
        continue;
      }
      // An eigenvector of length 1: with equal eigenvalues there are many, and any will do.
      expect(Math.hypot(...axis)).toBeCloseTo(1, 10);
      for (const [i, row] of scatter.entries()) {
        const image = row.reduce((sum, part, j) => sum + part * axis[j]!, 0);
        expect(Math.abs(image - value! * axis[i]!)).toBeLessThan(1e-9 * total);
      }
    }
    expect(axes[0].reduce((sum, part, j) => sum + part * axes[1][j]!, 0)).toBeCloseTo(0, 10);
  });
});

it('PCA ends where the second and the third eigenvalue can hardly be told apart', () => {
  const rows = [
    [9, 0, 0],
    [0, 3, 0],
    [0, 0, 2.99999],
  ];
  const { axes, explained } = planeOf(vectorsOf(rows.flatMap((row) => [row, row.map((x) => -x)])));
  expect(axes[0][0]).toBeCloseTo(1, 10);
  expect(axes[1][0]).toBeCloseTo(0, 10);
  expect(Math.hypot(...axes[1])).toBeCloseTo(1, 10);
  expect(explained[1]).toBeCloseTo(9 / 99, 5);
});

describe('UMAP', () => {
  const groups = Array.from({ length: 24 }, (_, i) => {
    const noise = seededTensor(`point ${i}`, [8], 0.05, 0);
    return Array.from(noise, (value, k) => value + (k === i % 2 ? 1 : 0));
  });

  it('keeps what is alike together, and is the same every time', async () => {
    const vectors = vectorsOf(groups);
    const parts: number[] = [];
    const points = await umap(vectors, (part) => parts.push(part));
    expect(points).toEqual(await umap(vectors));
    expect(parts.at(-1)).toBeGreaterThan(0.9);
    const middle = (group: number) => {
      const mine = groups.flatMap((_, i) => (i % 2 === group ? [i] : []));
      return [0, 1].map((k) => mine.reduce((sum, i) => sum + points[2 * i + k]! / mine.length, 0));
    };
    const [a, b] = [middle(0), middle(1)];
    for (const [i] of groups.entries()) {
      const to = ([x, y]: number[]) => Math.hypot(points[2 * i]! - x!, points[2 * i + 1]! - y!);
      expect(to(i % 2 === 0 ? a : b)).toBeLessThan(to(i % 2 === 0 ? b : a));
    }
  });

  it('takes five vectors, and equal ones', async () => {
    const points = await umap(vectorsOf(Array(5).fill([1, 0])));
    expect(points).toHaveLength(10);
    expect(points.every(Number.isFinite)).toBe(true);
  });

  it('is told the exact neighbours, itself first', () => {
    const { indices, distances } = nearestNeighbors(
      vectorsOf([
        [2, 0],
        [0, 1],
        [1, 1],
        [0, 0],
      ]),
      3,
    );
    expect(indices[0]).toEqual([0, 2, 1]);
    expect(distances[0]!.map((value) => Number(value.toFixed(4)))).toEqual([0, 0.2929, 1]);
    // A vector of zeros is like none.
    expect(distances[3]).toEqual([0, 1, 1]);
  });
});

describe('the frame', () => {
  it('holds all points, with one scale both ways', () => {
    const pixels = toPixels(new Float32Array([0, 0, 4, 0, 0, 1]), 300, 200);
    const [x0, y0, x1, y1, x2, y2] = pixels as unknown as number[];
    expect(y0).toBe(y1);
    expect(x0).toBe(x2);
    expect((x1! - x0!) / (y0! - y2!)).toBeCloseTo(4, 4);
    expect([x0, x1]).toEqual([26, 274]);
  });

  it('puts a single point, and equal ones, in the middle', () => {
    expect([...toPixels(new Float32Array([3, 5, 3, 5]), 300, 200)]).toEqual([150, 100, 150, 100]);
  });

  it('finds the point that is meant', () => {
    const pixels = new Float32Array([10, 10, 50, 50]);
    expect(nearestPoint(pixels, 45, 52, 24)).toBe(1);
    expect(nearestPoint(pixels, 100, 100, 24)).toBeUndefined();
  });
});

describe('labels', () => {
  it('are the first words', () => {
    expect(shortLabel('This is a test sentence.')).toBe('This is a test…');
    expect(shortLabel(' A kitten\tnaps. ')).toBe('A kitten naps');
    expect(shortLabel('Sentence transformers are great!')).toBe('Sentence transformers…');
    expect(shortLabel('x'.repeat(60), 12)).toBe(`${'x'.repeat(12)}…`);
  });

  it('cover neither each other nor a dot, and stay inside', () => {
    const coordinate = fc.float({ min: 0, max: 400, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(coordinate, coordinate), { maxLength: 40 }), (points) => {
        const pixels = new Float32Array(points.flat());
        const sentences = points.map((_, i) => `Sentence number ${i} of some`);
        const boxes = placeLabels(pixels, sentences, 400, 400).map(({ text, x, y, anchor }) => {
          const long = text.length * 6;
          const left = anchor === 'start' ? x : x - long;
          return { left, right: left + long, top: y - 6, bottom: y + 6 };
        });
        for (const [i, a] of boxes.entries()) {
          if (a.left < 0 || a.right > 400 || a.top < 0 || a.bottom > 400) return false;
          for (const b of boxes.slice(i + 1)) {
            if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) return false;
          }
          for (const [x, y] of points) {
            if (x > a.left && x < a.right && y > a.top && y < a.bottom) return false;
          }
        }
        return true;
      }),
    );
  });
});
