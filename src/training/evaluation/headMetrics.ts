import type { Evaluator } from './evaluator.ts';

/** The metrics of heads that a run can be judged by. */
export const headMetrics: Evaluator['metrics'] = {
  loss: { greaterIsBetter: false },
  accuracy: { greaterIsBetter: true },
  macroF1: { greaterIsBetter: true },
};

type ByTask = Readonly<Record<string, number>>;

/** The metrics of an evaluation of heads, also of one that was written before events had them. */
export function metricsOf(of: Record<'losses' | 'accuracy' | 'macroF1', ByTask>): Record<string, number> {
  const { losses: loss, accuracy, macroF1 } = of;
  const sum = (values: ByTask) => Object.values(values).reduce((total, value) => total + value, 0);
  const mean = (values: ByTask) => sum(values) / Object.keys(values).length;
  const byTask = Object.entries({ loss, accuracy, macroF1 }).flatMap(([metric, values]) =>
    Object.entries(values).map(([task, value]) => [`${task}.${metric}`, value] as const),
  );
  return { loss: sum(loss), accuracy: mean(accuracy), macroF1: mean(macroF1), ...Object.fromEntries(byTask) };
}
