import source from '../../shaders/adam.wgsl?raw';
import decaySource from '../../shaders/decay_rows.wgsl?raw';
import row from '../../shaders/lib/row.wgsl?raw';
import { ArgumentError } from '../errors.ts';
import { kernel } from '../gpu/kernel.ts';
import { scope } from '../tensor/scope.ts';
import { fromData } from '../tensor/tensor.ts';
import { recordGradientNorm } from './clip.ts';
import { defaultWeightDecay, type OptimizerKind } from './optimizerKind.ts';
import type { ParameterSetting } from './paramGroups.ts';
import { clearSlice, MOST_WORKGROUPS, type Trainable } from './trainable.ts';

const update = kernel('adam.update', [row, source], 'update');
const updateFloats = kernel('adam.updateFloats', [row, source], 'update_floats');
const decayRows = kernel('adam.decayRows', [row, decaySource], 'decay');

export interface AdamOptions {
  kind: OptimizerKind;
  betas?: readonly [number, number];
  eps?: number;
  /** The most that the norm over all gradients may be; no clipping if left out. */
  clipNorm?: number;
}

/** The part of an optimizer's state that is not on the GPU. */
export interface AdamState {
  /** Steps that each parameter has taken. */
  taken: Record<string, number>;
  /** Whether rows outside a compact matrix are still owed decay; the trainable's `shrinkage` says how much. */
  owesDecay: boolean;
}

/** Whether rows without a gradient may have no moments: at most decay apart from the gradient happens to them. */
export function allowsCompact(kind: OptimizerKind, weightDecay: number): boolean {
  return kind === 'adamw' || weightDecay === 0;
}

/**
 * Adam and AdamW with PyTorch's defaults, formulas and order of operations, over all parameters in a few dispatches.
 * Once a gradient is not finite, nothing is updated any more: the weights stay the last good ones.
 * @see Kingma & Ba 2014, https://arxiv.org/abs/1412.6980; Loshchilov & Hutter 2017, https://arxiv.org/abs/1711.05101
 */
export class Adam {
  readonly trainable: Trainable;
  readonly #options: Required<AdamOptions>;
  readonly #settings: readonly { rate: number; weightDecay: number }[];
  readonly #taken: number[];
  #owesDecay = false;

  /**
   * @param settings by name, for every trainable parameter
   * @throws ArgumentError for numbers out of range, a parameter without a rate, or coupled decay on a compact matrix
   */
  constructor(
    trainable: Trainable,
    settings: ReadonlyMap<string, ParameterSetting>,
    { kind, betas = [0.9, 0.999], eps = 1e-8, clipNorm }: AdamOptions,
  ) {
    if (!Object.hasOwn(defaultWeightDecay, kind)) {
      const problem = `optimizer: ${String(kind)} is none of adam, adamw.`;
      throw new ArgumentError(problem, { argument: 'optimizer' });
    }
    for (const beta of betas) expectNumber('betas', beta, beta >= 0 && beta < 1, 'from 0 and below 1');
    // A parameter without a gradient moves by 0 / eps, and below this eps is 0 on a GPU.
    expectNumber('eps', eps, eps >= 2 ** -126, 'above 1.2e-38');
    if (clipNorm !== undefined) expectNumber('clipNorm', clipNorm, clipNorm > 0, 'above 0');
    this.trainable = trainable;
    this.#options = { kind, betas, eps, clipNorm: clipNorm ?? 0 };
    this.#taken = trainable.names.map(() => 0);
    this.#settings = trainable.names.map((name) => {
      const setting = settings.get(name);
      if (setting && setting.rate !== null) return { rate: setting.rate, weightDecay: setting.weightDecay };
      const problem = `${name} is to be trained, but has no learning rate.`;
      throw new ArgumentError(problem, { argument: 'learningRate', parameter: name });
    });
    for (const { index } of trainable.compact) {
      if (allowsCompact(kind, this.#settings[index]!.weightDecay)) continue;
      throw new ArgumentError(
        `${trainable.names[index]}: Adam's decay needs the moments of all rows. Train all of them, or use AdamW.`,
        { argument: 'rows', parameter: trainable.names[index] },
      );
    }
  }

  get state(): AdamState {
    const taken = this.trainable.names.map((name, index): [string, number] => [name, this.#taken[index]!]);
    return { taken: Object.fromEntries(taken), owesDecay: this.#owesDecay };
  }

  /** Goes on from a state. The caller writes moments and shrinkage. */
  restore({ taken, owesDecay }: AdamState): void {
    for (const [index, name] of this.trainable.names.entries()) this.#taken[index] = taken[name] ?? 0;
    this.#owesDecay = owesDecay;
  }

  /**
   * Records one update: norm of the gradients (into `trainable.status`), clipping, update. Gradients stay as they are.
   * @param factor on every rate, from the schedule
   * @param idle parameters without a gradient: they keep their values, moments and counts of steps, as in PyTorch
   * @throws TabgradError for an idle parameter that is not trained
   */
  step({ factor = 1, idle = [] }: { factor?: number; idle?: readonly string[] } = {}): void {
    const { engine, gradientBlocks, lists, names, status, compact } = this.trainable;
    const resting = new Set(idle.map((name) => this.trainable.index(name)));
    const table = new Float32Array(4 * names.length);
    for (const index of names.keys()) {
      if (!resting.has(index)) table.set(this.#advance(index, factor), 4 * index);
    }
    const { betas, eps, clipNorm } = this.#options;
    const [beta1, beta2] = betas;
    const { m, v } = this.trainable.moments();
    scope(engine, () => {
      const steps = fromData(engine, table, [names.length, 4]);
      recordGradientNorm(this.trainable, steps, clipNorm);
      for (const { page, block, aligned, count, parts } of lists) {
        const tables = { parts, steps: steps.slice, status: status.slice };
        const [gradient, first, second] = [gradientBlocks[block]!, m[block]!, v[block]!];
        engine.commands.dispatch(aligned ? update : updateFloats, {
          bindings: aligned
            ? { ...tables, parameter: page, gradient, m: first, v: second }
            : { ...tables, parameterFloats: page, gradientFloats: gradient, mFloats: first, vFloats: second },
          params: { parts: count, oneMinusBeta1: 1 - beta1, beta2, oneMinusBeta2: 1 - beta2, eps },
          workgroups: [Math.min(MOST_WORKGROUPS, count)],
        });
      }
    });
    this.#owesDecay ||= compact.some(({ index }) => table[4 * index + 1] !== 1 && !resting.has(index));
  }

  /** Records the decay that rows outside a compact matrix are owed. Call it before anything reads such rows. */
  finish(): void {
    if (!this.#owesDecay) return;
    const { engine, compact, shrinkage } = this.trainable;
    for (const { index, page, start, rows, width, used } of compact) {
      engine.commands.dispatch(decayRows, {
        bindings: { used, shrinkage: shrinkage.slice, parameter: page },
        params: { rows, width, start, index },
        workgroups: [Math.min(MOST_WORKGROUPS, rows)],
      });
    }
    clearSlice(engine, shrinkage.slice);
    this.#owesDecay = false;
  }

  /** Counts a step of a parameter. @returns [step, keep, decay, root] as shaders/adam.wgsl has them, in float64 */
  #advance(index: number, factor: number): [number, number, number, number] {
    const { rate: base, weightDecay } = this.#settings[index]!;
    const { kind, betas } = this.#options;
    this.#taken[index]! += 1;
    const taken = this.#taken[index]!;
    const rate = base * factor;
    const step = rate / (1 - betas[0] ** taken);
    const root = Math.sqrt(1 - betas[1] ** taken);
    return kind === 'adamw' ? [step, 1 - rate * weightDecay, 0, root] : [step, 1, weightDecay, root];
  }
}

function expectNumber(argument: string, value: number, holds: boolean, expected: string): void {
  if (Number.isFinite(value) && holds) return;
  throw new ArgumentError(`${argument}: ${String(value)} is not a finite number ${expected}.`, { argument });
}
