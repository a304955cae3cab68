import { describe, expect, it } from 'vitest';
import { type BackwardCase, opInput, readFixture, type TinyGradients } from './fixtures.ts';
import * as reference from './reference.ts';
import { seededTensor } from './seeded.ts';

/**
 * The references checked by finite differences in float64, and PyTorch's gradients with them: along a random
 * direction r, (f(x + hr) − f(x − hr)) / 2h is dX·r.
 */

type Values = Record<string, Float64Array>;

const { facts, tensor, names } = readFixture<{ cases: BackwardCase[] }>('backward/ops');

/** Cases at a kink, where a difference quotient is not the derivative, or beyond what one can resolve. */
const leftOut = /extremes|zeroRow|crossEntropy\.steep/;

const widthOf = (one: BackwardCase, input: string) => opInput(one.inputs[input]!).shape.at(-1)!;

const forward: Record<BackwardCase['op'], (values: Values, one: BackwardCase) => ArrayLike<number>> = {
  linear: ({ x, weight, bias }, one) => {
    const [inner, columns] = [widthOf(one, 'x'), bias!.length];
    const product = reference.matmul(x!, weight!, [x!.length / inner, columns, inner], true);
    return product.map((value, i) => value + bias![i % columns]!);
  },
  gelu: ({ x }) => reference.gelu(x!),
  layerNorm: ({ x, gamma, beta }, { eps }) => reference.layerNorm(x!, gamma!, beta!, eps!),
  attention: ({ qkv }, one) => {
    const { heads, rows, keyLens } = one;
    return reference.attention(qkv!, heads!, widthOf(one, 'qkv') / 3 / heads!, rows!, keyLens!);
  },
  normalize: ({ x }, one) => reference.normalize(x!, widthOf(one, 'x')),
  crossEntropy: ({ logits }, one) => {
    const classes = widthOf(one, 'logits');
    const probabilities = reference.softmax(logits!, classes);
    const losses = one.labels!.flatMap((label, i) =>
      label < 0 ? [] : [-Math.log(probabilities[i * classes + label]!)],
    );
    return [losses.reduce((sum, loss) => sum + loss, 0) / losses.length];
  },
  pooling: ({ x }, one) => {
    const width = widthOf(one, 'x');
    let first = 0;
    return one.rows!.flatMap((rows, b) => {
      const count = one.pooling === 'cls' ? 1 : one.keyLens![b]!;
      const start = first;
      first += rows;
      return Array.from({ length: width }, (_, column) => {
        let sum = 0;
        for (let row = start; row < start + count; row += 1) sum += x![row * width + column]!;
        return sum / count;
      });
    });
  },
  embeddings: ({ word, position, tokenType, gamma, beta }, one) => {
    const width = widthOf(one, 'word');
    const sums = one.ids!.flatMap((ids) =>
      ids.flatMap((id, p) =>
        Array.from(
          { length: width },
          (_, column) => word![id * width + column]! + position![p * width + column]! + tokenType![column]!,
        ),
      ),
    );
    return reference.layerNorm(sums, gamma!, beta!, one.eps!);
  },
};

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i]! * b[i]!;
  return sum;
}

const norm = (values: Float32Array) => Math.sqrt(dot(values, values));

describe('PyTorch’s gradients are the difference quotients of the references in float64', () => {
  const checked = facts.cases.filter(({ name }) => !leftOut.test(name));

  it('of every op, and nearly every case', () => {
    expect(new Set(checked.map(({ op }) => op))).toEqual(new Set(Object.keys(forward)));
    expect(checked.length).toBeGreaterThanOrEqual(facts.cases.length - 5);
    const expected = facts.cases.flatMap(({ name, inputs }) =>
      Object.keys(inputs).map((input) => `${name}.d${input[0]!.toUpperCase()}${input.slice(1)}`),
    );
    expect([...names].sort()).toEqual(expected.sort());
  });

  it.each(checked.map((one) => [one.name, one] as const))('%s', (name, one) => {
    const inputs = Object.entries(one.inputs).map(([key, input]) => [key, opInput(input)] as const);
    const values: Values = Object.fromEntries(
      inputs.map(([key, { data }]) => [key, Float64Array.from(data)]),
    );
    const dOut = typeof one.dOut === 'number' ? [one.dOut] : opInput(one.dOut).data;
    if (one.loss !== undefined) expect(forward[one.op](values, one)[0]).toBeCloseTo(one.loss, 10);

    for (const [key, { shape }] of inputs) {
      const gradient = tensor(`${name}.d${key[0]!.toUpperCase()}${key.slice(1)}`);
      expect(gradient.shape).toEqual(shape);
      const direction = seededTensor(`direction of ${key}`, shape, 1);
      if (one.paddingIdx != null && key === 'word') {
        // This row has a derivative, and by convention no gradient.
        direction.fill(0, one.paddingIdx * shape[1]!, (one.paddingIdx + 1) * shape[1]!);
      }
      const h = 1e-5 * values[key]!.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      const along = (step: number) => {
        const moved = values[key]!.map((value, i) => value + step * direction[i]!);
        return dot(forward[one.op]({ ...values, [key]: moved }, one), dOut);
      };
      const quotient = (along(h) - along(-h)) / (2 * h);
      // What a random direction sees of a gradient, on average.
      const scale = norm(gradient.data) / Math.sqrt(3) + 1e-12;
      expect(Math.abs(quotient - dot(gradient.data, direction)) / scale, key).toBeLessThan(1e-6);
    }
  });
});

it('GELU’s derivative is its difference quotient', () => {
  const h = 1e-5;
  for (let x = -6; x <= 6; x += 0.37) {
    const [high, low] = reference.gelu([x + h, x - h]);
    expect(Math.abs((high! - low!) / (2 * h) - reference.geluDerivative(x))).toBeLessThan(1e-8);
  }
});

it('the tiny model’s gradients have the norms that the fixture gives', () => {
  const tiny = readFixture<TinyGradients>('backward/tiny');
  const zero = (name: string) => name.endsWith('attention.self.key.bias');
  expect(tiny.names.filter(zero)).not.toEqual([]);
  for (const name of tiny.names.filter((name) => !zero(name))) {
    expect(Math.abs(norm(tiny.tensor(name).data) / tiny.facts.norms[name]! - 1), name).toBeLessThan(1e-6);
  }
});
