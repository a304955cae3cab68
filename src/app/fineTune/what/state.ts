import { computed, signal } from '@preact/signals';
import type { ParameterFacts } from '../../../types.ts';
import { type Scenario, type ScenarioName, scenario } from '../../../worker/client.ts';
import { inAddress, numberIn, oneOf } from '../../address.ts';
import { messageOf } from '../../format.ts';
import { model } from '../../model/state.ts';
import { tasks } from '../examples/state.ts';
import { type Group, groupsOf, layersOf } from './groups.ts';
import { type Adjustment, adjust, scenarioOf } from './rates.ts';

/** What a run trains, and how fast. */

export const scenarioName = signal<ScenarioName>('layer-wise');
/** Of 'one-head'. */
export const onlyHead = signal<string | undefined>(undefined);
/** Of 'top-layers'. */
export const topLayers = signal(2);

export const scenarioNames: readonly ScenarioName[] = [
  'full',
  'frozen',
  'heads-only',
  'one-head',
  'top-layers',
  'layer-wise',
];
inAddress('scenario', scenarioName, oneOf(...scenarioNames));
inAddress('top', topLayers, numberIn(1, 1000, { whole: true }));

/** The loaded model's parameters, and the heads that were added to it, with their labels. */
export const parameters = signal<readonly ParameterFacts[]>([]);
export const heads = signal<ReadonlyMap<string, readonly string[]>>(new Map());

const hasPooler = computed(() => parameters.value.some(({ name }) => name.startsWith('pooler.')));

export const layers = computed(() => layersOf(parameters.value));
/** Layers that 'top-layers' trains: another model may have fewer than were asked for. */
export const topOfModel = computed(() => Math.min(topLayers.value, layers.value));

/** The heads that a run would have: the model's, and those of the tasks. */
export const headsOfRun = computed(
  () => new Map([...heads.value, ...tasks.value.map(({ name, labels }) => [name, labels] as const)]),
);

/**
 * The reader's own rates, on top of the scenario, by group. Another scenario begins without them. Groups that the loaded
 * model lacks are kept for one that has them: the plan knows which count.
 */
export const adjustments = signal<ReadonlyMap<string, Adjustment>>(new Map());

interface Plan {
  scenario: Scenario;
  groups: Group[];
  /** The reader's own rates of these groups. */
  adjustments: ReadonlyMap<string, Adjustment>;
}

/** What would train, and how fast; undefined until model and examples are there, a message where it does not work. */
export const plan = computed<Plan | string | undefined>(() => {
  if (layers.value === 0 || headsOfRun.value.size === 0 || !model.value) return undefined;
  try {
    const names = [...headsOfRun.value.keys()];
    const head =
      onlyHead.value !== undefined && names.includes(onlyHead.value) ? onlyHead.value : tasks.value[0]?.name;
    const base = scenario(scenarioName.value, {
      layers: layers.value,
      heads: names,
      head,
      top: topOfModel.value,
    });
    const sizes = new Map([...headsOfRun.value].map(([name, labels]) => [name, labels.length]));
    const groups = groupsOf(parameters.value, sizes, model.value.dimension, base);
    const own = new Map(
      [...adjustments.value].filter(([group]) => groups.some(({ name }) => name === group)),
    );
    if (own.size === 0) return { scenario: base, groups, adjustments: own };
    const adjusted = adjust(groups, own);
    return { scenario: scenarioOf(adjusted, base, hasPooler.value), groups: adjusted, adjustments: own };
  } catch (error) {
    return messageOf(error);
  }
});
