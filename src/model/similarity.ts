import { ShapeError } from '../errors.ts';
import type { Embeddings } from '../types.ts';

/** n vectors, row by row, as {@link Embeddings} has them. */
export type Vectors = Pick<Embeddings, 'data' | 'shape'>;

/**
 * Cosine similarity of every row of `a` with every row of `b`. The rows need not be normalized; a row of zeros has
 * no direction and is similar to nothing: 0.
 * @param a n × dimension
 * @param b m × dimension
 * @returns row-major, n × m, values in [-1, 1] up to rounding
 * @throws ShapeError when the dimensions differ
 */
export function similarity(
  a: Vectors,
  b: Vectors,
): { data: Float32Array<ArrayBuffer>; shape: [n: number, m: number] } {
  const [n, dimension] = a.shape;
  const [m, other] = b.shape;
  if (dimension !== other) {
    throw new ShapeError(
      `similarity(): the embeddings have ${dimension} and ${other} dimensions. Compare embeddings of one model.`,
      { op: 'similarity', shapes: [a.shape, b.shape] },
    );
  }
  const aScales = inverseNorms(a);
  const bScales = a === b ? aScales : inverseNorms(b);
  const data = new Float32Array(n * m);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      let dot = 0;
      for (let k = 0; k < dimension; k++) dot += a.data[i * dimension + k]! * b.data[j * dimension + k]!;
      data[i * m + j] = dot * aScales[i]! * bScales[j]!;
    }
  }
  return { data, shape: [n, m] };
}

/** 1 / |row| of each row, 0 for a row of zeros. */
function inverseNorms({ data, shape: [n, dimension] }: Vectors): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => {
    let sum = 0;
    for (let k = i * dimension; k < (i + 1) * dimension; k++) sum += data[k]! * data[k]!;
    return sum === 0 ? 0 : 1 / Math.sqrt(sum);
  });
}
