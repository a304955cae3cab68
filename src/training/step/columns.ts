import { gradientSum } from '../../ops/gradients.ts';
import { clearSlice } from '../../optim/trainable.ts';
import { addGradient, record } from '../../tensor/autograd.ts';
import { empty, type Tensor, view } from '../../tensor/tensor.ts';
import type { TokenizedExample } from '../batches/tokenizedExample.ts';

/**
 * The embeddings of a batch, [texts, dimension] in the order of `sequencesOf`, as copies by text: [examples that have
 * the text, dimension] each. Backward: the columns' gradients side by side, 0 where a column has none.
 */
export function splitColumns(
  embeddings: Tensor,
  examples: readonly TokenizedExample[],
  texts: readonly string[],
): Record<string, Tensor> {
  const { engine, slice, shape } = embeddings;
  if (texts.length === 1) return { [texts[0]!]: embeddings };
  // Gets the gradients of all columns, and hands them on together.
  const joint = record(view(engine, slice, shape), [embeddings], (dOut) => {
    addGradient(embeddings, (sum) => gradientSum(dOut, sum));
  });
  let end = 0;
  const split = texts.map((name): [string, Tensor] => {
    const first = end;
    const count = examples.filter(({ ids }) => ids[name]).length;
    end += count;
    const column = empty(engine, [count, shape[1]!]);
    copyRows(embeddings, first, column, 0, count);
    record(column, [joint], (dOut) => {
      addGradient(joint, (sum) => {
        const dJoint = sum ?? empty(engine, shape);
        if (!sum) clearSlice(engine, dJoint.slice);
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
  const width = 4 * from.shape[1]!;
  const at = ({ slice: { block, offset } }: Tensor, row: number) => {
    return { block, offset: offset + row * width, bytes: count * width };
  };
  from.engine.commands.copy(at(from, firstFrom), at(to, firstTo));
}
