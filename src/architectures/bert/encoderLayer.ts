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
  const at = (name: string) => `encoder.layer.${i}.${name}`;
  const dense = (name: string, shape: [number, number]): ParameterRun[] => [
    [{ name: at(`${name}.weight`), shape }],
    [{ name: at(`${name}.bias`), shape: [shape[0]] }],
  ];
  const norm = (name: string): ParameterRun[] => [
    [{ name: at(`${name}.weight`), shape: [H] }],
    [{ name: at(`${name}.bias`), shape: [H] }],
  ];
  return [
    projections.map((part) => ({ name: at(`${part}.weight`), shape: [H, H] })),
    projections.map((part) => ({ name: at(`${part}.bias`), shape: [H] })),
    ...dense('attention.output.dense', [H, H]),
    ...norm('attention.output.LayerNorm'),
    ...dense('intermediate.dense', [I, H]),
    ...dense('output.dense', [H, I]),
    ...norm('output.LayerNorm'),
  ];
}

/**
 * One layer of BERT: h = norm(x + attention(x)), y = norm(h + dense(gelu(dense(h)))).
 * @param x [T, H]
 * @returns [T, H]
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
  const at = (name: string) => parameters.get(`encoder.layer.${i}.${name}`);
  const [weights, biases] = joinedProjections(i);
  const qkv = linear(x, parameters.joined(weights!), parameters.joined(biases!));
  const context = attention(qkv, packing, heads, dropout?.next());
  const attended = linear(
    context,
    at('attention.output.dense.weight'),
    at('attention.output.dense.bias'),
    x,
    dropout?.next(),
  );
  const h = layerNorm(
    attended,
    at('attention.output.LayerNorm.weight'),
    at('attention.output.LayerNorm.bias'),
    eps,
  );
  const narrow = feedForward(
    h,
    { weight: at('intermediate.dense.weight'), bias: at('intermediate.dense.bias') },
    { weight: at('output.dense.weight'), bias: at('output.dense.bias') },
    dropout?.next(),
  );
  return layerNorm(narrow, at('output.LayerNorm.weight'), at('output.LayerNorm.bias'), eps);
}

const projections = ['attention.self.query', 'attention.self.key', 'attention.self.value'];
