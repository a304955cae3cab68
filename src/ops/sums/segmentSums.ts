import row from '../../../shaders/lib/row.wgsl?raw';
import source from '../../../shaders/segment_sums.wgsl?raw';
import { kernel } from '../../gpu/kernel.ts';
import type { WantedGradient } from '../../tensor/autograd.ts';
import { fromData, type Tensor, view } from '../../tensor/tensor.ts';
import { rowCall, run } from '../run.ts';

const sumSegments = kernel('segmentSums.backward', [row, source], 'backward');

/** The gradient of a table whose rows were gathered, [rows, H]; rows that nothing is added to become 0. */
export interface GatheredTable extends WantedGradient {
  /** For each row of dOut the gradient's row that it is added to, −1 for none. */
  rowOf: ArrayLike<number>;
}

/**
 * Computes the gradients of tables whose rows were gathered, with one kernel for all that lie in one block.
 * @param dOut [T, H]
 */
export function segmentSums(dOut: Tensor, tables: readonly GatheredTable[]): void {
  const groups = new Map<string, GatheredTable[]>();
  for (const table of tables) {
    const key = `${table.gradient.slice.block.id} ${table.accumulate}`;
    groups.set(key, [...(groups.get(key) ?? []), table]);
  }
  for (const group of groups.values()) sumGroup(dOut, group);
}

function sumGroup(dOut: Tensor, tables: readonly GatheredTable[]): void {
  const rowQuads = dOut.shape[1]! / 4;
  const order: number[] = [];
  const starts: number[] = [];
  const targets: number[] = [];
  for (const { rowOf, gradient, accumulate } of tables) {
    const rows = gradient.shape[0]!;
    const sorted = sortByRow(rowOf, rows);
    for (let row = 0; row < rows; row += 1) {
      // A row that nothing is added to becomes 0, unless it keeps what it has.
      if (accumulate && sorted.starts[row] === sorted.starts[row + 1]) continue;
      starts.push(order.length + sorted.starts[row]!);
      targets.push(gradient.slice.offset / 16 + row * rowQuads);
    }
    for (const i of sorted.order) order.push(i);
  }
  if (targets.length === 0) return;
  starts.push(order.length);
  const { engine } = dOut;
  const [{ gradient, accumulate }] = tables as [GatheredTable];
  const { block } = gradient.slice;
  run(
    sumSegments,
    {
      order: fromData(engine, Uint32Array.from(order)),
      starts: fromData(engine, Uint32Array.from(starts)),
      targets: fromData(engine, Uint32Array.from(targets)),
      dOut,
      gradients: view(engine, { block, offset: 0, bytes: block.bytes }, [block.bytes / 4]),
    },
    rowCall(engine, targets.length, { segments: targets.length, rowQuads }, { ACCUMULATE: accumulate }),
  );
}

/** Sorts rows of dOut by target row, stably, by counting. */
function sortByRow(rowOf: ArrayLike<number>, rows: number) {
  const starts = new Uint32Array(rows + 1);
  for (let i = 0; i < rowOf.length; i += 1) if (rowOf[i]! >= 0) starts[rowOf[i]! + 1] += 1;
  for (let row = 0; row < rows; row += 1) starts[row + 1] += starts[row]!;
  const next = starts.slice();
  const order = new Uint32Array(starts[rows]!);
  for (let i = 0; i < rowOf.length; i += 1) {
    const row = rowOf[i]!;
    if (row >= 0) order[next[row]!++] = i;
  }
  return { order, starts };
}
