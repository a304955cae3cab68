/** The ops in plain float64, as their papers write them: slow, obvious, and what the kernels are held to. */

export type Numbers = ArrayLike<number>;

/**
 * Error function to about 1e-16: the Maclaurin series where it converges fast, else the continued fraction of erfc.
 * @see Abramowitz & Stegun 1964, 7.1.5 and 7.1.14
 */
export function erf(x: number): number {
  const z = Math.abs(x);
  if (z < 3) {
    let term = z;
    let sum = z;
    for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum) && n < 200; n += 1) {
      term *= (-z * z) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  return Math.sign(x) * (1 - erfcTail(z));
}

function erfcTail(z: number): number {
  let fraction = 0;
  for (let n = 60; n >= 1; n -= 1) fraction = n / 2 / (z + fraction);
  return Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + fraction);
}

export function normalCdf(x: number): number {
  const z = -x / Math.SQRT2;
  return z >= 3 ? erfcTail(z) / 2 : (1 + erf(x / Math.SQRT2)) / 2;
}

export function gelu(x: Numbers): Float64Array {
  return Float64Array.from(x, (value) => value * normalCdf(value));
}

/** The standard normal density. */
export function normalPdf(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

export function geluDerivative(x: number): number {
  return normalCdf(x) + x * normalPdf(x);
}

/** @param a [columns, rows] @returns [rows, columns] */
export function transposed(a: Numbers, rows: number, columns: number): Float64Array {
  return Float64Array.from(
    { length: rows * columns },
    (_, i) => a[(i % columns) * rows + Math.floor(i / columns)]!,
  );
}

export function matmul(
  a: Numbers,
  b: Numbers,
  [rows, columns, inner]: readonly [number, number, number],
  transposeB: boolean,
): Float64Array {
  const c = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i += 1) {
    for (let j = 0; j < columns; j += 1) {
      let sum = 0;
      for (let k = 0; k < inner; k += 1) {
        sum += a[i * inner + k]! * b[transposeB ? j * inner + k : k * columns + j]!;
      }
      c[i * columns + j] = sum;
    }
  }
  return c;
}

export function layerNorm(x: Numbers, gamma: Numbers, beta: Numbers, eps: number): Float64Array {
  const width = gamma.length;
  return mapRows(x, width, (row) => {
    const mean = row.reduce((sum, value) => sum + value, 0) / width;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width;
    return row.map((value, i) => ((value - mean) / Math.sqrt(variance + eps)) * gamma[i]! + beta[i]!);
  });
}

export function softmax(x: Numbers, width: number): Float64Array {
  return mapRows(x, width, (row) => {
    const highest = Math.max(...row);
    const exponentials = row.map((value) => Math.exp(value - highest));
    const sum = exponentials.reduce((total, value) => total + value, 0);
    return exponentials.map((value) => value / sum);
  });
}

export function normalize(x: Numbers, width: number): Float64Array {
  return mapRows(x, width, (row) => {
    const length = Math.max(Math.hypot(...row), 1e-12);
    return row.map((value) => value / length);
  });
}

/** @param lengths rows of each sequence  @param keyLens how many of them are keys */
export function attention(
  qkv: Numbers,
  heads: number,
  headSize: number,
  lengths: readonly number[],
  keyLens: readonly number[],
): Float64Array {
  const hidden = heads * headSize;
  const rows = lengths.reduce((sum, length) => sum + length, 0);
  const out = new Float64Array(rows * hidden);
  const at = (row: number, part: number, head: number) => row * 3 * hidden + part * hidden + head * headSize;
  let first = 0;
  lengths.forEach((length, b) => {
    for (let head = 0; head < heads; head += 1) {
      for (let query = first; query < first + length; query += 1) {
        const scores = Array.from({ length: keyLens[b]! }, (_, key) => {
          let dot = 0;
          for (let d = 0; d < headSize; d += 1) {
            dot += qkv[at(query, 0, head) + d]! * qkv[at(first + key, 1, head) + d]!;
          }
          return dot / Math.sqrt(headSize);
        });
        const weights = softmax(scores, scores.length);
        for (let d = 0; d < headSize; d += 1) {
          let sum = 0;
          weights.forEach((weight, key) => {
            sum += weight * qkv[at(first + key, 2, head) + d]!;
          });
          out[query * hidden + head * headSize + d] = sum;
        }
      }
    }
    first += length;
  });
  return out;
}

function mapRows(x: Numbers, width: number, map: (row: number[]) => number[]): Float64Array {
  const all = Array.from(x);
  const rows = Array.from({ length: all.length / width }, (_, i) => all.slice(i * width, (i + 1) * width));
  return Float64Array.from(rows.flatMap(map));
}
