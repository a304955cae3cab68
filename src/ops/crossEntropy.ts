import source from '../../shaders/cross_entropy.wgsl?raw';
import flat from '../../shaders/lib/flat.wgsl?raw';
import { ArgumentError } from '../errors.ts';
import { kernel } from '../gpu/kernel.ts';
import { expectShape } from '../tensor/shape.ts';
import { empty, fromData, type Tensor } from '../tensor/tensor.ts';
import { listWorkgroups, run } from './run.ts';

const forward = kernel('crossEntropy.forward', [flat, source], 'forward');

/** Stands for the label in a row that has none. */
const NONE = 0xffffffff;

/**
 * Softmax cross-entropy of the rows that have a label, with its gradient in the same kernel.
 * @param logits [rows, C]
 * @param labels class of each row, −1 where it has none
 * @param scale factor on the loss and the gradient of each row: 1 / labelled rows for the mean
 * @returns losses [rows], which add up to the loss, and its gradient dLogits [rows, C], where a backward pass starts
 * @throws ShapeError, ArgumentError for a label that is no class
 * @see https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html
 */
export function crossEntropy(logits: Tensor, labels: ArrayLike<number>, scale: number) {
  const { engine } = logits;
  expectShape('crossEntropy', 'logits', logits.shape, [labels.length, null]);
  const [rows, classes] = logits.shape as [number, number];
  const table = new Uint32Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const label = labels[row]!;
    if (label !== -1 && !(Number.isInteger(label) && label >= 0 && label < classes)) {
      throw new ArgumentError(
        `crossEntropy(): the label of row ${row} is ${label}. Classes are 0 to ${classes - 1}; −1 means none.`,
        { argument: 'labels' },
      );
    }
    table[row] = label === -1 ? NONE : label;
  }
  const losses = empty(engine, [rows]);
  const dLogits = empty(engine, logits.shape);
  run(
    forward,
    { x: logits, labels: fromData(engine, table), losses, dX: dLogits },
    { params: { rows, classes, scale }, workgroups: listWorkgroups(rows) },
  );
  return { losses, dLogits };
}
