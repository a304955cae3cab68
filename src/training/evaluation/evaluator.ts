import type { ModelState } from '../../model/state.ts';
import type { TokenizedExample } from '../batches/tokenizedExample.ts';
import type { EvaluationEvent } from '../events.ts';

/** Judges a model on examples that it is not trained on. */
export interface Evaluator {
  /** The metrics that a run can be judged by, of those that it reports. */
  readonly metrics: Readonly<Record<string, { greaterIsBetter: boolean }>>;
  /** The one of them that decides which evaluation is the best where early stopping names none. */
  readonly primaryMetric: string;
  /** @param options `details`: whether to tell what the model says of each text */
  evaluate(
    core: ModelState,
    examples: readonly TokenizedExample[],
    options: { step: number; details: boolean; signal?: AbortSignal },
  ): Promise<EvaluationEvent>;
}
