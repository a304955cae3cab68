import type { Engine } from '../gpu/engine.ts';
import { linear } from '../ops/products/linear.ts';
import { tanh } from '../ops/tanh.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Parameters } from './parameters.ts';

/** A linear layer behind the pooling, with its activation. */
export interface Dense {
  /** [out, in] */
  readonly weight: Tensor;
  /** [out] */
  readonly bias: Tensor;
  readonly activation: 'tanh' | 'identity';
}

/**
 * Puts a Dense module on the GPU. It is none of the model's parameters: nothing trains it, and heads read what it
 * gets.
 * @param sizes in and out, multiples of 4
 * @param values weight and bias in PyTorch's order
 * @throws ShapeError unless they are as many as the sizes ask for
 */
export function createDense(
  engine: Engine,
  {
    inFeatures,
    outFeatures,
    activation,
  }: { inFeatures: number; outFeatures: number } & Pick<Dense, 'activation'>,
  values: { weight: Float32Array<ArrayBuffer>; bias: Float32Array<ArrayBuffer> },
): Dense {
  const parameters = new Parameters(engine, [
    [{ name: 'weight', shape: [outFeatures, inFeatures] }],
    [{ name: 'bias', shape: [outFeatures] }],
  ]);
  parameters.write('weight', values.weight);
  parameters.write('bias', values.bias);
  return { weight: parameters.get('weight'), bias: parameters.get('bias'), activation };
}

/**
 * y = activation(x·Wᵀ + bias), layer by layer.
 * @param x [B, in of the first]
 * @returns [B, out of the last]; x itself where there is no layer
 * @throws ShapeError
 * @see https://sbert.net/docs/package_reference/base/modules.html
 */
export function dense(x: Tensor, layers: readonly Dense[]): Tensor {
  return layers.reduce((input, { weight, bias, activation }) => {
    const y = linear(input, weight, bias);
    return activation === 'tanh' ? tanh(y) : y;
  }, x);
}
