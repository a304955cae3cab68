/** Eigenvectors beside those that are asked for: the more there are, the fewer rounds it takes. */
const guards = 8;
const mostRounds = 1000;
/** Of the largest eigenvalue. */
const tolerance = 1e-10;

/** Vectors as columns by number: each `size` long, one after the other. */
interface Eigen {
  /** Largest first. */
  values: Float64Array;
  /** [count, size] */
  vectors: Float64Array;
}

/**
 * Eigenvectors of the largest eigenvalues of a symmetric matrix without negative ones: subspace iteration, with a
 * Rayleigh–Ritz step a round. It begins at the same numbers every time, and yields after each round.
 * @param matrix [size, size]
 * @param count as many of them; where `size` is less, the rest is 0
 * @see Golub & Van Loan, Matrix Computations, section 8.2.4
 */
export function* eigenvectors(matrix: Float64Array, size: number, count: number): Generator<void, Eigen> {
  const block = Math.min(size, count + guards);
  let basis = orthonormal(start(block, size), size);
  let values: Float64Array = new Float64Array(block);
  for (let round = 0; round < mostRounds; round++) {
    const images = yield* multiply(matrix, basis, size);
    const small = new Float64Array(block * block);
    for (let i = 0; i < block; i++) {
      for (let j = 0; j < block; j++) small[i * block + j] = dot(basis, i, images, j, size);
    }
    const ritz = jacobi(small, block);
    values = ritz.values;
    basis = combine(ritz.vectors, basis, size);
    const turned = combine(ritz.vectors, images, size);
    if (residual(turned, basis, values, Math.min(count, block), size) <= tolerance * Math.abs(values[0] ?? 0))
      break;
    basis = orthonormal(turned, size);
    yield;
  }
  const given = Math.min(count, block);
  const result: Eigen = { values: new Float64Array(count), vectors: new Float64Array(count * size) };
  result.values.set(values.subarray(0, given));
  result.vectors.set(basis.subarray(0, given * size));
  return result;
}

/**
 * All eigenvectors of a small symmetric matrix, by cyclic Jacobi rotations.
 * @see Golub & Van Loan, Matrix Computations, section 8.5
 */
function jacobi(matrix: Float64Array, size: number): Eigen {
  const a = matrix.slice();
  const rotation = new Float64Array(size * size);
  for (let i = 0; i < size; i++) rotation[i * size + i] = 1;
  for (let sweep = 0; sweep < 15; sweep++) {
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        const off = a[p * size + q]!;
        if (off === 0) continue;
        const theta = (a[q * size + q]! - a[p * size + p]!) / (2 * off);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        rotate(a, size, 1, p * size, q * size, c, t * c);
        rotate(a, size, size, p, q, c, t * c);
        rotate(rotation, size, 1, p * size, q * size, c, t * c);
      }
    }
  }
  const order = Array.from({ length: size }, (_, i) => i).sort((i, j) => a[j * size + j]! - a[i * size + i]!);
  const vectors = new Float64Array(size * size);
  for (const [k, i] of order.entries()) vectors.set(rotation.subarray(i * size, (i + 1) * size), k * size);
  return { values: Float64Array.from(order, (i) => a[i * size + i]!), vectors };
}

/** Turns two rows or columns, which begin at p and q and go on in strides. */
function rotate(
  a: Float64Array,
  size: number,
  stride: number,
  p: number,
  q: number,
  c: number,
  s: number,
): void {
  for (let k = 0; k < size; k++) {
    const x = a[p + k * stride]!;
    const y = a[q + k * stride]!;
    a[p + k * stride] = c * x - s * y;
    a[q + k * stride] = s * x + c * y;
  }
}

/** Numbers that have nothing to do with the matrix, and are the same every time. */
function start(count: number, size: number): Float64Array {
  return Float64Array.from({ length: count * size }, (_, i) => Math.sin(12.9898 * (i + 1) ** 1.3));
}

/** Gram–Schmidt, twice for rounding's sake; a vector that depends on those before it becomes 0. */
function orthonormal(vectors: Float64Array, size: number): Float64Array {
  const count = size === 0 ? 0 : vectors.length / size;
  for (let i = 0; i < count; i++) {
    const before = Math.sqrt(dot(vectors, i, vectors, i, size));
    for (let pass = 0; pass < 2; pass++) {
      for (let j = 0; j < i; j++) {
        const along = dot(vectors, i, vectors, j, size);
        for (let k = 0; k < size; k++) vectors[i * size + k]! -= along * vectors[j * size + k]!;
      }
    }
    const length = Math.sqrt(dot(vectors, i, vectors, i, size));
    const scale = length > 1e-13 * before ? 1 / length : 0;
    for (let k = 0; k < size; k++) vectors[i * size + k]! *= scale;
  }
  return vectors;
}

/** The matrix times each vector. */
function* multiply(matrix: Float64Array, vectors: Float64Array, size: number): Generator<void, Float64Array> {
  const images = new Float64Array(vectors.length);
  for (let i = 0; i * size < vectors.length; i++) {
    for (let row = 0; row < size; row++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += matrix[row * size + k]! * vectors[i * size + k]!;
      images[i * size + row] = sum;
    }
    yield;
  }
  return images;
}

/** Sums of vectors, by the rows of weights. */
function combine(weights: Float64Array, vectors: Float64Array, size: number): Float64Array {
  const sums = new Float64Array(vectors.length);
  const count = size === 0 ? 0 : vectors.length / size;
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      const weight = weights[i * count + j]!;
      for (let k = 0; k < size; k++) sums[i * size + k]! += weight * vectors[j * size + k]!;
    }
  }
  return sums;
}

/** The largest |A·v − λ·v| of the first vectors. */
function residual(
  images: Float64Array,
  vectors: Float64Array,
  values: Float64Array,
  count: number,
  size: number,
): number {
  let largest = 0;
  for (let i = 0; i < count; i++) {
    let squares = 0;
    for (let k = i * size; k < (i + 1) * size; k++) squares += (images[k]! - values[i]! * vectors[k]!) ** 2;
    largest = Math.max(largest, Math.sqrt(squares));
  }
  return largest;
}

function dot(a: Float64Array, i: number, b: Float64Array, j: number, size: number): number {
  let sum = 0;
  for (let k = 0; k < size; k++) sum += a[i * size + k]! * b[j * size + k]!;
  return sum;
}
