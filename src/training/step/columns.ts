import { gradientSum } from '../../ops/gradients.ts';
import { clearSlice } from '../../optim/trainable.ts';
import { addGradient, record } from '../../tensor/autograd.ts';
import { empty, type Tensor, view } from '../../tensor/tensor.ts';
import { columnsOf, type TokenizedExample } from '../batches/tokenizedExample.ts';

/**
 * The embeddings of a batch by text, as copies of its rows. Backward: the columns' gradients side by side, 0 where a
 * column has none.
 * @param embeddings [texts of the batch, dimension], in the order of `sequencesOf`
 * @returns [examples that have the text, dimension] each
 */
export function splitColumns(
  embeddings: Tensor,
  examples: readonly TokenizedExample[],
  texts: readonly string[],
): Record<string, Tensor> {
  const { engine, slice, shape } = embeddings;
  const columns = columnsOf(examples, texts);
  if (columns.length === 1) return { [columns[0]!.name]: embeddings };
  // Gets the gradients of all columns, and hands them on together.
  const joint = record(view(engine, slice, shape), [embeddings], (dOut) => {
    addGradient(embeddings, (sum) => gradientSum(dOut, sum));
  });
  const split = columns.map(({ name, first, count }): [string, Tensor] => {
    const column = empty(engine, [count, shape[1]!]);
    copyRows(embeddings, first, column, 0, count);
    record(column, [joint], (dOut) => {
      addGradient(joint, (sum) => {
        const dJoint = sum ?? zeros(joint);
        copyRows(dOut, 0, dJoint, first, count);
        return dJoint;
      });
    });
    return [name, column];
  });
  return Object.fromEntries(split);
}

/** Records a copy of rows between matrices of one width. */
export function copyRows(from: Tensor, firstFrom: number, to: Tensor, firstTo: number, count: number): void {
  const rowBytes = 4 * from.shape[1]!;
  const at = ({ slice }: Tensor, row: number) => ({
    ...slice,
    offset: slice.offset + row * rowBytes,
    bytes: count * rowBytes,
  });
  from.engine.commands.copy(at(from, firstFrom), at(to, firstTo));
}

function zeros({ engine, shape }: Tensor): Tensor {
  const x = empty(engine, shape);
  clearSlice(engine, x.slice);
  return x;
}
