import { batch } from '@preact/signals';
import type { PageContent, RunAbout } from '../../checkpoints/about.ts';
import { type LabelledText, newSet } from '../examples/data.ts';
import { bringBack } from '../examples/editing.ts';
import { stopReading } from '../examples/sources/reading.ts';
import { heldOutShare } from '../examples/state.ts';
import type { RunFacts } from '../learning/runs.ts';
import { adjustments, onlyHead, scenarioName, scenarioNames, topLayers } from '../what/state.ts';
import { headsFor } from './options.ts';
import {
  accumulate,
  batchSize,
  clipNorm,
  dropout,
  epochs,
  evaluateEvery,
  optimizer,
  schedule,
  seed,
  taskWeights,
  warmupSteps,
  weightDecay,
} from './state.ts';

/** What to train, as it is chosen now. */
export function formOfNow(): RunAbout['form'] {
  return {
    scenario: scenarioName.value,
    ...(onlyHead.value !== undefined && { onlyHead: onlyHead.value }),
    topLayers: topLayers.value,
    adjustments: [...adjustments.value],
  };
}

/** What the table of runs and the curves know of a run that was kept. */
export function factsOf({ about, options, heads, totalSteps }: PageContent): RunFacts {
  const tasks = about.tasks.map((task) => heads.find(({ name }) => name === task)!);
  return {
    data: about.data,
    examples: options.examples as readonly LabelledText[],
    tasks,
    options: { ...options, heads: headsFor(tasks, options.seed ?? 0) },
    settings: about.settings,
    before: about.before,
    planned: totalSteps,
  };
}

/** Fills in the form as it was when a run began: examples, what to train, options. */
export function restoreForm({ about, options }: PageContent, { examples, tasks, data }: RunFacts): void {
  const { form } = about;
  const { evaluation } = options;
  const held = evaluation && 'fraction' in evaluation ? evaluation : undefined;
  stopReading();
  batch(() => {
    const columns = tasks.map(({ name, labels }) => ({ name, labels: [...labels], counts: [] }));
    bringBack(
      newSet(data, { examples: [...examples], tasks: columns, rejected: [] }),
      Object.fromEntries(tasks.map(({ name }) => [name, true])),
    );
    heldOutShare.value = held?.fraction ?? 0;
    evaluateEvery.value = held?.everySteps ?? 0;
    scenarioName.value = scenarioNames.find((name) => name === form.scenario) ?? scenarioName.value;
    onlyHead.value = form.onlyHead;
    topLayers.value = form.topLayers;
    adjustments.value = new Map(form.adjustments);
    epochs.value = options.epochs ?? epochs.value;
    batchSize.value = typeof options.batchSize === 'number' ? options.batchSize : batchSize.value;
    dropout.value = options.dropout ?? 0;
    seed.value = options.seed ?? seed.value;
    optimizer.value = options.optimizer;
    weightDecay.value = options.weightDecay;
    clipNorm.value = options.clipNorm;
    schedule.value = options.schedule?.kind ?? 'constant';
    warmupSteps.value = options.schedule?.warmupSteps ?? 0;
    accumulate.value = options.accumulate ?? 1;
    taskWeights.value = options.taskWeights ?? {};
  });
}
