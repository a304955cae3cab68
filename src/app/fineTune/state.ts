import { computed, signal } from '@preact/signals';
import type { ParameterFacts, Predictions } from '../../types.ts';
import { type Scenario, type ScenarioName, scenario } from '../../worker/client.ts';
import { messageOf } from '../format.ts';
import { model } from '../state.ts';
import { doubt, type Source, splitSizes, textsFor } from './data.ts';
import { type Group, groupsOf, layersOf } from './groups.ts';
import { type History, newHistory } from './history.ts';

/** All that the fine-tune view knows. Components draw it; `reading.ts`, `running.ts` and `trying.ts` change it. */

/** Something to say where it happened. */
export interface Notice {
  text: string;
  isError: boolean;
}

// 1. Examples

export const source = signal<Source | undefined>(undefined);
/** The name of what is being read. */
export const reading = signal<string | undefined>(undefined);
export const dataNotice = signal<Notice | undefined>(undefined);
/** Tasks by the reader's choice, where it differs from what the columns suggest. */
export const chosenTasks = signal<Readonly<Record<string, boolean>>>({});

export const tasks = computed(() =>
  (source.value?.dataset.tasks ?? []).filter((task) => chosenTasks.value[task.name] ?? !doubt(task)),
);
export const texts = computed(() =>
  source.value
    ? textsFor(
        source.value.dataset,
        tasks.value.map(({ name }) => name),
      )
    : [],
);
export const sizes = computed(() => splitSizes(texts.value, seed.value));

// 2. What to train

export const scenarioName = signal<ScenarioName>('layer-wise');
/** Of 'one-head'. */
export const onlyHead = signal<string | undefined>(undefined);
/** Of 'top-layers'. */
export const topLayers = signal(2);

/** The loaded model's parameters, and the heads that were added to it, with their labels. */
export const parameters = signal<readonly ParameterFacts[]>([]);
export const heads = signal<ReadonlyMap<string, readonly string[]>>(new Map());

export const layers = computed(() => layersOf(parameters.value));

/** The heads that a run would have: the model's, and those of the tasks. */
export const headsOfRun = computed(
  () => new Map([...heads.value, ...tasks.value.map(({ name, labels }) => [name, labels] as const)]),
);

/** What would train, and how fast; undefined until model and examples are there, a message where it does not work. */
export const plan = computed<{ scenario: Scenario; groups: Group[] } | string | undefined>(() => {
  if (layers.value === 0 || headsOfRun.value.size === 0 || !model.value) return undefined;
  try {
    const names = [...headsOfRun.value.keys()];
    const head =
      onlyHead.value !== undefined && names.includes(onlyHead.value) ? onlyHead.value : tasks.value[0]?.name;
    const made = scenario(scenarioName.value, {
      layers: layers.value,
      heads: names,
      head,
      top: topLayers.value,
    });
    const sizes = new Map([...headsOfRun.value].map(([name, labels]) => [name, labels.length]));
    return { scenario: made, groups: groupsOf(parameters.value, sizes, model.value.dimension, made) };
  } catch (error) {
    return messageOf(error);
  }
});

// 3. Run

export const epochs = signal(3);
export const batchSize = signal(16);
export const dropout = signal(0);
export const seed = signal(42);

/** A run under way. */
export interface Run {
  phase: 'starting' | 'running' | 'paused' | 'stopping';
  step: number;
  /** 0 until it is known. */
  total: number;
  /** What it takes on the GPU, in bytes; 0 until it is known. */
  bytes: number;
}
export const run = signal<Run | undefined>(undefined);
/** Of the last run that the loaded model has learned from. */
export const lastSeed = signal<number | undefined>(undefined);
export const runNotice = signal<Notice | undefined>(undefined);

// Learning

export const history = signal<History>(newHistory());

// Try a sentence

export const trial = signal('They sent the wrong colour, but refunded me at once.');
export const answer = signal<Predictions | undefined>(undefined);
export const trialNotice = signal<string | undefined>(undefined);
