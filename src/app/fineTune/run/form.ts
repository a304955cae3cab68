import { batch } from '@preact/signals';
import type { DatasetExample } from '../../../worker/client.ts';
import type { PageContent, RunAbout } from '../../checkpoints/about.ts';
import { type Column, newSet } from '../examples/data.ts';
import { bringBack } from '../examples/editing.ts';
import { stopReading } from '../examples/sources/reading.ts';
import type { RunFacts } from '../learning/runs.ts';
import { adjustments, onlyHead, scenarioName, scenarioNames, topLayers } from '../what/state.ts';
import { fields } from './fields.ts';
import { headsFor } from './options.ts';

export function formOfNow(): RunAbout['form'] {
  return {
    scenario: scenarioName.value,
    ...(onlyHead.value !== undefined && { onlyHead: onlyHead.value }),
    topLayers: topLayers.value,
    adjustments: [...adjustments.value],
  };
}

/** Facts of a run that is about to begin, or that a checkpoint holds. */
type RunContent = Pick<PageContent, 'about' | 'options'> & { heads: readonly Column[] };

/** Facts of a run for the table of runs and the curves, before its steps are planned. */
export function factsOf({ about, options, heads }: RunContent): RunFacts {
  const { data, settings, before } = about;
  const examples = options.examples as readonly DatasetExample[];
  const tasks = about.tasks.map((task) => heads.find(({ name }) => name === task)!);
  const allOptions = { ...options, heads: headsFor(tasks, options.seed ?? 0) };
  return { data, settings, before, planned: 0, examples, tasks, options: allOptions };
}

export function restoreForm({ about, options }: PageContent, { examples, tasks, data }: RunFacts): void {
  const { form } = about;
  stopReading();
  batch(() => {
    const columns = tasks.map(({ name, labels }) => ({ name, labels, isChosen: true }));
    const set = newSet(data, { examples: [...examples], tasks: [], rejected: [] });
    bringBack('continuing a run', { ...set, columns });
    scenarioName.value = scenarioNames.find((name) => name === form.scenario) ?? scenarioName.value;
    onlyHead.value = form.onlyHead;
    topLayers.value = form.topLayers;
    adjustments.value = new Map(form.adjustments);
    for (const { signal, read, initial } of fields) signal.value = read(options) ?? initial;
  });
}
