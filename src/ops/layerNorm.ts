import source from '../../shaders/layer_norm.wgsl?raw';
import row from '../../shaders/lib/row.wgsl?raw';
import { kernel } from '../gpu/kernel.ts';
import { addGradient, needsGradient, record } from '../tensor/autograd.ts';
import { discard } from '../tensor/scope.ts';
import { expectQuads, expectShape } from '../tensor/shape.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import { rowCall, run } from './run.ts';
import { scratch } from './scratch.ts';
import { partialSums } from './sums/columnSums.ts';

const forward = kernel('layerNorm.forward', [row, source], 'forward');
const backward = kernel('layerNorm.backward', [row, source], 'backward');

/**
 * Layer normalization over the last dimension: (x − mean) / √(variance + eps) · gamma + beta.
 * Backward: with x̂ the normalized row and g = dOut · gamma, dX = (g − mean(g) − x̂ · mean(g · x̂)) / √(variance +
 * eps), dGamma = Σ dOut · x̂ and dBeta = Σ dOut over the rows. A row's mean and 1 / √(variance + eps) are kept for
 * it.
 * @param x [rows, H], H a multiple of 4
 * @param gamma [H]
 * @param beta [H]
 * @returns [rows, H]
 * @throws ShapeError
 * @see Ba, Kiros & Hinton 2016, https://arxiv.org/abs/1607.06450
 */
export function layerNorm(x: Tensor, gamma: Tensor, beta: Tensor, eps: number): Tensor {
  expectShape('layerNorm', 'x', x.shape, [null, null]);
  const [rows, width] = x.shape as [number, number];
  expectQuads('layerNorm', x.shape);
  expectShape('layerNorm', 'gamma', gamma.shape, [width]);
  expectShape('layerNorm', 'beta', beta.shape, [width]);
  const { engine } = x;
  const y = empty(engine, x.shape);
  const SAVE = [x, gamma, beta].some(needsGradient);
  const statistics = SAVE ? empty(engine, [rows, 2]) : scratch(engine, 0);
  const params = { rows, rowQuads: width / 4, eps, rowsAGroup: 1, partialsAt: 0 };
  run(forward, { x, gamma, beta, y, statistics }, rowCall(engine, rows, params, { SAVE }));
  return record(y, [x, gamma, beta], (dOut) => {
    const { tensor: partials, at: partialsAt, wanted, groups, rowsAGroup } = partialSums(gamma, beta, rows);
    const dX = (sum: Tensor | undefined) => {
      const dX = empty(engine, x.shape);
      const constants = { ADD: sum !== undefined, PARTIALS: wanted };
      run(
        backward,
        { x, gamma, dOut, sumSoFar: sum ?? dOut, dX, partials, savedStatistics: statistics },
        rowCall(engine, groups, { ...params, rowsAGroup, partialsAt }, constants),
      );
      return dX;
    };
    if (needsGradient(x)) addGradient(x, dX);
    else discard(dX(undefined));
  });
}
