import source from '../../../shaders/column_sums.wgsl?raw';
import flat from '../../../shaders/lib/flat.wgsl?raw';
import type { Block } from '../../gpu/buffers.ts';
import type { Engine } from '../../gpu/engine.ts';
import { kernel } from '../../gpu/kernel.ts';
import { atEnd, gradientToWrite, type WantedGradient } from '../../tensor/autograd.ts';
import { discard } from '../../tensor/scope.ts';
import { empty, fromData, type Tensor, view } from '../../tensor/tensor.ts';
import { listWorkgroups, run } from '../run.ts';
import { scratch } from '../scratch.ts';

const sums = kernel('columnSums', [flat, source], 'forward');

/** Most jobs of one dispatch. */
const CAPACITY = 16;
/** Most groups of rows; a column's partial sums are added one after the other. */
const GROUPS = 256;
/** Fewest rows of a group, so that the partial sums are small beside the rows. */
const LEAST_ROWS = 4;

/** undefined for a frozen parameter. */
type Target = WantedGradient | undefined;

interface Pending {
  partials: Tensor;
  groups: number;
  width: number;
  jobs: [gamma: Target, beta: Target][];
}

const pending = new WeakMap<Engine, Pending>();

/** Where a row kernel writes its partial sums for dGamma and dBeta. */
export interface PartialSums {
  tensor: Tensor;
  /** Where [groups, 2, H] begins in `tensor`, in vec4s. */
  at: number;
  /** Whether either parameter trains; if not, `tensor` is only there to be bound. */
  wanted: boolean;
  groups: number;
  rowsAGroup: number;
}

/**
 * Makes room for the partial sums of a scale's and a shift's gradients. They are added up at the end of the backward
 * pass, for many such pairs in one kernel.
 * @param gamma [H]
 * @param beta [H]
 */
export function partialSums(gamma: Tensor, beta: Tensor, rows: number): PartialSums {
  const { engine } = gamma;
  const rowsAGroup = Math.max(LEAST_ROWS, Math.ceil(rows / GROUPS));
  const groups = Math.ceil(rows / rowsAGroup);
  const job: [Target, Target] = [gradientToWrite(gamma), gradientToWrite(beta)];
  if (!job[0] && !job[1]) return { tensor: scratch(engine, 0), at: 0, wanted: false, groups, rowsAGroup };
  const { partials, jobs } = listFor(engine, groups, gamma.size, job);
  jobs.push(job);
  const at = (jobs.length - 1) * groups * 2 * (gamma.size / 4);
  return { tensor: partials, at, wanted: true, groups, rowsAGroup };
}

/**
 * The open list of jobs, if another job of this size fits in, else a new list. A gradient is in a list once, since
 * the jobs of a list run side by side.
 */
function listFor(engine: Engine, groups: number, width: number, job: [Target, Target]): Pending {
  const open = pending.get(engine);
  const fits = open && open.groups === groups && open.width === width && open.jobs.length < CAPACITY;
  const others = new Set(open?.jobs.flat().map((target) => target?.gradient));
  if (fits && !job.some((target) => target && others.has(target.gradient))) return open;
  if (open) flush(engine);
  else atEnd(engine, () => flush(engine));
  const partials = empty(engine, [CAPACITY, groups, 2, width]);
  const opened = { partials, groups, width, jobs: [] };
  pending.set(engine, opened);
  return opened;
}

function flush(engine: Engine): void {
  const { partials, groups, width, jobs } = pending.get(engine)!;
  pending.delete(engine);
  // Gradients lie in one block or a few, and a kernel writes to one.
  const blocks = new Set(jobs.flat().flatMap((target) => (target ? [target.gradient.slice.block] : [])));
  for (const block of blocks) {
    const table = new Uint32Array(jobs.flatMap((job) => row(job, block)));
    const gradients = view(engine, { block, offset: 0, bytes: block.bytes }, [block.bytes / 4]);
    run(
      sums,
      { jobs: fromData(engine, table), partials, gradients },
      {
        params: { jobs: jobs.length, groups, rowQuads: width / 4 },
        workgroups: listWorkgroups((jobs.length * 2 * width) / 4),
      },
    );
  }
  discard(partials);
}

/** A row of the kernel's table for one block: where the gradients begin, in vec4s, and the kernel's flags. */
function row([gamma, beta]: [Target, Target], block: Block): [number, number, number] {
  const [g, b] = [gamma, beta].map((target) => (target?.gradient.slice.block === block ? target : undefined));
  const place = (target: Target) => (target ? target.gradient.slice.offset / 16 : 0);
  return [place(g), place(b), (g ? 1 : 0) + (b ? 2 : 0) + (g?.accumulate ? 4 : 0) + (b?.accumulate ? 8 : 0)];
}
