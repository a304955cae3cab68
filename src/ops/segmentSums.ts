import source from '../../shaders/segment_sums.wgsl?raw';
import { kernel } from '../gpu/kernel.ts';
import { fromData, type Tensor } from '../tensor/tensor.ts';
import { rowGroups, rowLanes, run } from './run.ts';

const kernelOf = kernel('segmentSums.backward', source, 'backward');

/**
 * The gradient of a table that rows were gathered from.
 * @param dOut [T, H]
 * @param rowOf for each row of dOut the gradient's row that it is added to, −1 for none
 * @param gradient [rows, H], written; rows that nothing is added to become 0
 * @param accumulate add to what `gradient` holds
 */
export function segmentSums(
  dOut: Tensor,
  rowOf: ArrayLike<number>,
  gradient: Tensor,
  accumulate: boolean,
): void {
  const rows = gradient.shape[0]!;
  const width = gradient.shape[1]!;
  const { order, starts } = sortByRow(rowOf, rows);
  // A row without an entry is written too, unless it keeps what it has.
  const targets = Uint32Array.from({ length: rows }, (_, row) => row).filter(
    (row) => !accumulate || starts[row + 1]! > starts[row]!,
  );
  if (targets.length === 0) return;
  const { engine } = dOut;
  run(
    kernelOf,
    {
      order: fromData(engine, order),
      starts: fromData(engine, segmentStarts(starts, targets)),
      targets: fromData(engine, targets),
      dOut,
      gradient,
    },
    {
      params: { segments: targets.length, width: width / 4 },
      constants: { ...rowLanes(engine), ACCUMULATE: accumulate },
      groups: rowGroups(targets.length),
    },
  );
}

/** Counting sort: rows of dOut by target row, in their own order within each. */
function sortByRow(rowOf: ArrayLike<number>, rows: number) {
  const starts = new Uint32Array(rows + 1);
  let count = 0;
  for (let i = 0; i < rowOf.length; i += 1) {
    if (rowOf[i]! < 0) continue;
    starts[rowOf[i]! + 1] += 1;
    count += 1;
  }
  for (let row = 0; row < rows; row += 1) starts[row + 1] += starts[row]!;
  const next = starts.slice();
  const order = new Uint32Array(Math.max(1, count));
  for (let i = 0; i < rowOf.length; i += 1) {
    const row = rowOf[i]!;
    if (row >= 0) order[next[row]!++] = i;
  }
  return { order, starts };
}

/** Segments left out lie between segments kept and are empty: their neighbours still meet. */
function segmentStarts(starts: Uint32Array, targets: Uint32Array): Uint32Array<ArrayBuffer> {
  const kept = new Uint32Array(targets.length + 1);
  targets.forEach((row, segment) => {
    kept[segment] = starts[row]!;
  });
  kept[targets.length] = starts.at(-1)!;
  return kept;
}
