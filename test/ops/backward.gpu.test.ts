import { describe, expect, it } from 'vitest';
import { attention } from '../../src/ops/attention.ts';
import { attentionBackward, attentionForward } from '../../src/ops/attentionVariants.ts';
import { crossEntropy } from '../../src/ops/crossEntropy.ts';
import { embeddings } from '../../src/ops/embeddings.ts';
import { gelu } from '../../src/ops/gelu.ts';
import { layerNorm } from '../../src/ops/layerNorm.ts';
import { normalize } from '../../src/ops/normalize.ts';
import { packing } from '../../src/ops/packing.ts';
import { pool } from '../../src/ops/pooling.ts';
import { linear } from '../../src/ops/products/linear.ts';
import type { Tensor } from '../../src/tensor/tensor.ts';
import { computeAll, type Input, testEngine } from '../support/engine.ts';
import { type BackwardCase, type OpInput, opInput, readFixture } from '../support/fixtures.ts';
import { gradientsOf } from '../support/gradients.ts';
import { maxDifference } from '../support/numbers.ts';
import { useVariants, variantNames } from '../support/variants.ts';

const engine = await testEngine();
const fixture = readFixture<{ cases: BackwardCase[] }>('backward/ops');
const casesOf = (op: BackwardCase['op']) =>
  fixture.facts.cases.filter((one) => one.op === op).map((one) => [one.name, one] as const);

/** Largest difference, in parts of the largest gradient where that is above 1. */
function expectGradient(name: string, what: string, actual: ArrayLike<number>, tolerance: number): void {
  const expected = fixture.tensor(`${name}.d${what}`).data;
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  expect(maxDifference(actual, expected) / largest).toBeLessThanOrEqual(tolerance);
}

function inputsOf(one: BackwardCase): Record<string, Input> {
  return Object.fromEntries(Object.entries(one.inputs).map(([name, input]) => [name, opInput(input)]));
}

function packed({ rows, keyLens }: BackwardCase) {
  const cuSeqlens = [0];
  for (const length of rows!) cuSeqlens.push(cuSeqlens.at(-1)! + length);
  return packing(engine, Uint32Array.from(cuSeqlens), Uint32Array.from(keyLens!));
}

async function check(
  one: BackwardCase,
  parameters: string[],
  op: (tensors: Record<string, Tensor>) => Tensor,
  tolerance: number,
): Promise<void> {
  const inputs = inputsOf(one);
  const gradients = await gradientsOf(engine, inputs, parameters, opInput(one.dOut as OpInput), op);
  for (const name of Object.keys(inputs)) {
    const what = name[0]!.toUpperCase() + name.slice(1);
    expectGradient(one.name, what, gradients[name]!, tolerance);
  }
}

describe('gradients as PyTorch computes them in float64', () => {
  it.each(casesOf('linear'))('%s', (_, one) =>
    check(one, ['weight', 'bias'], ({ x, weight, bias }) => linear(x!, weight!, bias!), 2e-6),
  );

  it.each(casesOf('gelu'))('%s', (_, one) => check(one, [], ({ x }) => gelu(x!), 1e-6));

  it.each(casesOf('layerNorm'))('%s', (_, one) =>
    check(one, ['gamma', 'beta'], ({ x, gamma, beta }) => layerNorm(x!, gamma!, beta!, one.eps!), 5e-6),
  );

  const families = [attentionForward, attentionBackward];
  describe.each(variantNames(families, engine))('%s kernel', (variant) => {
    useVariants(engine, families, variant);

    it.each(casesOf('attention'))('%s', (_, one) =>
      check(
        one,
        [],
        ({ qkv }) => attention(qkv!, packed(one), one.heads!),
        one.name.includes('steep') ? 2e-5 : 2e-6,
      ),
    );
  });

  it.each(casesOf('pooling'))('%s', (_, one) =>
    check(one, [], ({ x }) => pool(x!, packed(one), one.pooling as 'mean' | 'cls'), 1e-6),
  );

  it.each(casesOf('normalize'))('%s', (_, one) => check(one, [], ({ x }) => normalize(x!), 2e-6));

  it.each(casesOf('embeddings'))('%s', (_, one) => {
    const tokens = Uint32Array.from(one.ids!.flat());
    const positions = Uint32Array.from(one.ids!.flatMap((ids) => ids.map((_, i) => i)));
    return check(
      one,
      ['word', 'position', 'tokenType', 'gamma', 'beta'],
      ({ word, position, tokenType, gamma, beta }) =>
        embeddings(
          { tokens, positions },
          { word: word!, position: position!, tokenType: tokenType!, gamma: gamma!, beta: beta! },
          one.eps!,
          one.paddingIdx ?? undefined,
        ),
      5e-6,
    );
  });

  it.each(casesOf('crossEntropy'))('%s', async (_, one) => {
    const weight = one.dOut as unknown as number;
    const [losses, dLogits] = await computeAll(engine, [inputsOf(one).logits!], (logits) => {
      const labelled = one.labels!.filter((label) => label !== -1).length;
      const { losses, dLogits } = crossEntropy(logits!, one.labels!, weight / labelled);
      return [losses, dLogits];
    });
    const loss = losses!.reduce((sum, value) => sum + value, 0);
    expect(Math.abs(loss - weight * one.loss!)).toBeLessThanOrEqual(2e-6 * Math.max(1, one.loss!));
    expectGradient(one.name, 'Logits', dLogits!, 1e-6);
  });
});
