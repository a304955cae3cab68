import type { ParameterRun, Parameters } from '../../nn/parameters.ts';
import { attention } from '../../ops/attention.ts';
import type { Dropout } from '../../ops/dropout.ts';
import { layerNorm } from '../../ops/layerNorm.ts';
import type { Packing } from '../../ops/packing.ts';
import { feedForward } from '../../ops/products/feedForward.ts';
import { linear } from '../../ops/products/linear.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { BertConfig } from './config.ts';

/** Names of layer i's parameters that one product uses as one: a list for the weights, one for the biases. */
export function joinedProjections(i: number): string[][] {
  return ['weight', 'bias'].map((kind) => projections.map((part) => `encoder.layer.${i}.${part}.${kind}`));
}

/** Parameters of layer i; queries, keys and values side by side, so that one product makes all three. */
export function encoderLayerParameters(
  { hiddenSize: H, intermediateSize: I }: BertConfig,
  i: number,
): ParameterRun[] {
  const layer = `encoder.layer.${i}`;
  const [weights, biases] = joinedProjections(i);
  return [
    weights!.map((name) => ({ name, shape: [H, H] })),
    biases!.map((name) => ({ name, shape: [H] })),
    ...weightAndBias(`${layer}.attention.output.dense`, H, H),
    ...weightAndBias(`${layer}.attention.output.LayerNorm`, H),
    ...weightAndBias(`${layer}.intermediate.dense`, I, H),
    ...weightAndBias(`${layer}.output.dense`, H, I),
    ...weightAndBias(`${layer}.output.LayerNorm`, H),
  ];
}

/** The parameters of a linear layer, [out, in] and [out], or those of a layer norm, [out] both. */
export function weightAndBias(name: string, out: number, ...ins: number[]): ParameterRun[] {
  return [[{ name: `${name}.weight`, shape: [out, ...ins] }], [{ name: `${name}.bias`, shape: [out] }]];
}

/**
 * One layer of BERT, on x [T, H]: h = norm(x + attention(x)), y = norm(h + dense(gelu(dense(h)))).
 * @see Devlin et al. 2018, https://arxiv.org/abs/1810.04805
 */
export function encoderLayer(
  x: Tensor,
  packing: Packing,
  parameters: Parameters,
  { heads, layerNormEps: eps }: BertConfig,
  i: number,
  dropout?: Dropout,
): Tensor {
  const of = (name: string) => ({
    weight: parameters.get(`encoder.layer.${i}.${name}.weight`),
    bias: parameters.get(`encoder.layer.${i}.${name}.bias`),
  });
  const [weights, biases] = joinedProjections(i);
  const qkv = linear(x, parameters.joined(weights!), parameters.joined(biases!));
  const context = attention(qkv, packing, heads, dropout?.next());
  const dense = of('attention.output.dense');
  const attended = linear(context, dense.weight, dense.bias, x, dropout?.next());
  const norm = of('attention.output.LayerNorm');
  const h = layerNorm(attended, norm.weight, norm.bias, eps);
  const narrow = feedForward(h, of('intermediate.dense'), of('output.dense'), dropout?.next());
  const last = of('output.LayerNorm');
  return layerNorm(narrow, last.weight, last.bias, eps);
}

const projections = ['attention.self.query', 'attention.self.key', 'attention.self.value'];
