import { afterAll, describe, expect, it } from 'vitest';
import type { Constants, Kernel } from '../../src/gpu/kernel.ts';
import type { SentenceTransformer } from '../../src/model/sentenceTransformer.ts';
import type { SelfTestReport } from '../../src/types.ts';
import { loadTiny } from '../support/tinyModel.ts';
import { pretend } from '../support/variants.ts';

/**
 * A kernel and how it goes wrong: a piece of its text, and what stands in its place. Of kernels that compile for
 * seconds only the variant with `constants` is altered.
 */
type Mutant = readonly [kernel: string, from: string, to: string, constants?: Constants];

/** On every adapter. */
const common: Mutant[] = [
  ['gemm.small', 'k * params.columns + column, column', 'column * params.inner + k, column'],
  ['gemm.small', 'if (BIAS) { sum += bias[column]; }', ''],
  ['layerNorm.forward', 'gamma[i], beta[i]', 'beta[i], gamma[i]'],
  [
    'layerNorm.forward',
    'statistics[row] = vec2f(mean, scale)',
    'statistics[row] = vec2f(scale, mean)',
    { SAVE: true },
  ],
  ['layerNorm.backward', ' - normalized * gx_mean', ''],
  ['layerNorm.backward', 'd_beta += partials[beta_at + i];', ''],
  ['columnSums', 'group < params.groups', 'group + 1 < params.groups'],
  ['segmentSums.backward', 'i < end', 'i + 1 < end'],
  ['normalize.forward', '1.0 / max(sqrt', '1.00001 / max(sqrt'],
  ['tanh.forward', '-0.33333284', '-0.3333'],
  ['tanh.forward', 'exp(2.0 * size) + 1.0', 'exp(2.0 * size) + 1.0001'],
  ['softmax.forward', '1.0 / row_sum(sum, lane)', '1.00001 / row_sum(sum, lane)'],
  ['crossEntropy.forward', 'c == label', 'c == label + 1'],
  ['dropout', '0xbb67ae85u', '0xbb67ae84u'],
  ['embeddings.forward', 'variance + params.eps', 'variance + 1e-4'],
  ['embeddings.gather', 'token_type[i]', 'token_type[i + 1]'],
  ['pooling.forward', 'return key_lens[b];', 'return cu_seqlens[b + 1] - cu_seqlens[b];'],
  ['pooling.backward', 'value / f32(rows)', 'value / f32(all)'],
  ['add', 'value += b[i]', 'value -= b[i]'],
  ['gradientNorm.sumSquares', 'i += workgroup.count.x * LANES', 'i += 2 * workgroup.count.x * LANES'],
  ['gradientNorm.finish', 'norm + 1e-6', 'norm + 1e-3'],
  ['gradientNorm.finish', ' || !finite', ''],
  ['adam.update', 'if (status[3] != 0.0) { return; }', ''],
  ['adam.update', 'sqrt(v) / step.w', 'sqrt(v)'],
  ['adam.update', 'params.one_minus_beta2 * g * g', 'params.one_minus_beta2 * g'],
  ['adam.updateFloats', 'v_floats[j] = next.v.x', 'v_floats[j] = next.m.x'],
  ['adam.decayRows', '1u << (row % 32)', '1u << (row % 31)'],
  ['optim.clear', 'y[i] = vec4f()', 'y[i] = vec4f(1e-6)'],
];

const plain = { BIAS: true, RESIDUAL: false, GELU: false };
const saving = { SAVE: true, DROPOUT: true };

const software: Mutant[] = [
  ['gemm.broadcast', 'panel[4 * i + 2] = w[2]', 'panel[4 * i + 2] = w[1]', plain],
  ['gemm.broadcast', '-6.64899855e-2', '-6.65e-2', { GELU_GRADIENT: true }],
  ['gemm.broadcastTn', 'array(c0, c1, c2, c3, c4, c5', 'array(c0, c1, c2, c3, c5, c5', { ACCUMULATE: false }],
  ['gemm.broadcastTn', 'bias_gradient[quad] += sum', 'bias_gradient[quad] = sum', { ACCUMULATE: true }],
  ['weightGradients.broadcast', 'a_k <= last', 'a_k < last', { ACCUMULATE: false }],
  ['attention.broadcast', 'exp(highest - new_highest)', '1.0', { SAVE: false, DROPOUT: false }],
  ['attention.broadcast', 'first_key + 4 + i, workgroup.z', 'first_key + i, workgroup.z', saving],
  ['attention.broadcast', 'highest + log(sum)', 'log(sum)', saving],
  ['attentionBackward.broadcast', 'exp(s1 - lse1)', 'exp(s1 - lse0)', { DROPOUT: false }],
  ['attentionBackward.broadcast', 'first_other / 4 + 1, own', 'first_other / 4, own', { DROPOUT: true }],
];

const tile: Mutant[] = [
  ['gemm.tile', 'write(job, row + 35, column + 8, c71)', 'write(job, row + 35, column + 8, c61)', plain],
  ['weightGradients.tile', 'workgroup.x + i % 16', 'workgroup.x + i % 8', { ACCUMULATE: false }],
  ['attention.tile', 'o2 *= shrink.z;', '', { SAVE: false, DROPOUT: false }],
  ['attentionBackward.tile', 'p * (dp * keep - shift)', 'p * dp * keep', { DROPOUT: false }],
];

const loaded: SentenceTransformer[] = [];
const models = new Map<boolean, Promise<SentenceTransformer>>();

/** A model whose kernels are all compiled. */
function ready(isGpu: boolean): Promise<SentenceTransformer> {
  const known = models.get(isGpu);
  if (known) return known;
  const made = loadTiny().then(async (model) => {
    loaded.push(model);
    if (isGpu) pretend(model.core.engine, { isSoftware: false });
    expect((await model.selfTest()).passed).toBe(true);
    return model;
  });
  models.set(isGpu, made);
  return made;
}

/** What the self-test says where one kernel's text is another. */
async function reportOf(
  model: SentenceTransformer,
  name: string,
  change: (source: string) => string,
  only: Constants = {},
): Promise<SelfTestReport> {
  const { pipelines } = model.core.engine;
  const get = pipelines.get.bind(pipelines);
  let altered: Kernel | undefined;
  pipelines.get = (kernel, constants, names) => {
    const isMeant = Object.entries(only).every(([key, value]) => constants[key] === value);
    if (kernel.name !== name || !isMeant) return get(kernel, constants, names);
    altered ??= { ...kernel, source: change(kernel.source) };
    expect(altered.source).not.toBe(kernel.source);
    return get(altered, constants, names);
  };
  try {
    return await model.selfTest();
  } finally {
    pipelines.get = get;
  }
}

/** Kernels that did not pass, without their variants. */
function failed({ kernels }: SelfTestReport): string[] {
  return [...new Set(kernels.filter(({ passed }) => !passed).map(({ name }) => name.replace(/ \(.*/, '')))];
}

async function expectNamed([kernel, from, to, only]: Mutant, isGpu: boolean): Promise<void> {
  const model = await ready(isGpu);
  const report = await reportOf(model, kernel, (source) => source.replaceAll(from, to), only);
  expect(failed(report)).toEqual([kernel]);
  expect(report.passed).toBe(false);
  expect(report.largest).toBeGreaterThan(2e-7);
}

afterAll(() => Promise.all(loaded.map((model) => model.dispose())));

describe('the self-test names the kernel that is wrong, and no other', () => {
  for (const mutant of [...common, ...software, ...tile]) {
    const [kernel, from, to] = mutant;
    it(`${kernel}: ${from} → ${to}`, () => expectNamed(mutant, tile.includes(mutant)));
  }

  it('also where it does not compile, and says why', async () => {
    const model = await ready(false);
    const live = model.core.engine.usage().liveBytes;
    const report = await reportOf(model, 'softmax.forward', (source) => source.replace('var highest', 'var'));
    expect(failed(report)).toEqual(['softmax.forward']);
    const [row] = report.kernels.filter(({ passed }) => !passed);
    expect(row).toMatchObject({ difference: Number.POSITIVE_INFINITY, error: /does not compile/ });
    expect(report.largest).toBe(Number.POSITIVE_INFINITY);
    // A step of training does without softmax, but not without the gradient of the layer norm.
    expect(report.model.gradient).toBeLessThan(1e-4);
    const without = await reportOf(model, 'layerNorm.backward', (source) =>
      source.replaceAll('fma(', 'fmb('),
    );
    expect(failed(without)).toEqual(['layerNorm.backward']);
    expect(without.model.gradient).toBe(Number.POSITIVE_INFINITY);
    expect(model.core.engine.usage().liveBytes).toBe(live);
    expect((await model.selfTest()).passed).toBe(true);
  });
});
