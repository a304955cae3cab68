type Pair = [Float64Array, Float64Array];

/** Rounds at most, reached where the second and the third eigenvalue differ by less than a hundredth or so. */
const mostRounds = 3000;
/** Largest |A·v − λ·v| of a result, in units of the largest eigenvalue. */
const tolerance = 1e-10;

/**
 * Finds the two largest eigenvalues of a symmetric matrix that has no negative ones, by power iteration with two
 * vectors that are kept orthogonal. The start is the same every time, so equal matrices give equal vectors. Yields
 * after each round.
 * @param matrix [size, size] as rows, size at least 1
 * @returns eigenvalues, the largest first, and their vectors of length 1; the second is 0 when size is 1
 * @see Golub & Van Loan, Matrix Computations, section 8.2.4
 */
export function* leadingEigenvectors(
  matrix: readonly Float64Array[],
): Generator<void, { values: [number, number]; vectors: Pair }> {
  // Numbers that have nothing to do with the matrix.
  const start = (seed: number) => matrix.map((_, i) => Math.sin(12.9898 * seed * (i + 1) ** 1.3));
  let vectors = orthonormal([new Float64Array(start(1)), new Float64Array(start(2))]);
  for (let round = 1; ; round++) {
    let images: Pair = [times(matrix, vectors[0]), times(matrix, vectors[1])];
    const [a, b] = [dot(vectors[0], images[0]), dot(vectors[1], images[1])];
    // The best approximations within the plane of the two vectors: without them, equal eigenvalues would never
    // settle.
    const angle = Math.atan2(2 * dot(vectors[0], images[1]), a - b) / 2;
    vectors = rotate(vectors, angle);
    images = rotate(images, angle);
    const values: [number, number] = [dot(vectors[0], images[0]), dot(vectors[1], images[1])];
    const isExact = [0, 1].every(
      (k) => norm(sum(1, images[k]!, -values[k]!, vectors[k]!)) <= tolerance * values[0],
    );
    if (isExact || round === mostRounds) return { values, vectors };
    vectors = orthonormal(images);
    yield;
  }
}

/** Gram–Schmidt, twice because of rounding. A vector that depends on the other one becomes 0. */
function orthonormal([first, second]: Pair): Pair {
  const scale = 1 / norm(first);
  const unit = first.map((value) => value * scale);
  let rest = second;
  for (let pass = 0; pass < 2; pass++) rest = sum(1, rest, -dot(unit, rest), unit);
  const length = norm(rest);
  const isNew = length > 1e-13 * norm(second);
  return [unit, rest.map((value) => (isNew ? value / length : 0))];
}

function rotate([first, second]: Pair, angle: number): Pair {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return [sum(cos, first, sin, second), sum(cos, second, -sin, first)];
}

function times(matrix: readonly Float64Array[], vector: Float64Array): Float64Array {
  return Float64Array.from(matrix, (row) => dot(row, vector));
}

/** x·a + y·b */
export function sum(x: number, a: Float64Array, y: number, b: Float64Array): Float64Array {
  return a.map((value, i) => x * value + y * b[i]!);
}

export function norm(vector: ArrayLike<number>): number {
  return Math.sqrt(dot(vector, vector));
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let k = 0; k < a.length; k++) total += a[k]! * b[k]!;
  return total;
}
