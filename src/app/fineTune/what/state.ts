import { computed, signal } from '@preact/signals';
import { branchPattern, groupOf, layersOf } from '../../../architectures/parameterTree.ts';
import type { ParameterFacts } from '../../../types.ts';
import { type Scenario, type ScenarioName, scenario } from '../../../worker/client.ts';
import { inAddress, numberIn, oneOf } from '../../address.ts';
import { messageOf } from '../../format.ts';
import { model } from '../../model/state.ts';
import { tasks } from '../examples/state.ts';
import { type Group, groupsOf, type Pattern } from './groups.ts';
import { type Adjustment, adjust, scenarioOf } from './rates.ts';

export const scenarioName = signal<ScenarioName>('layer-wise');
/** The head that 'one-head' trains; the first task's if undefined. */
export const onlyHead = signal<string | undefined>(undefined);
/** The number of layers that 'top-layers' is asked to train. */
export const topLayers = signal(2);

/** The page's name for each scenario, and a few words on what it does. */
export const scenarios: Record<ScenarioName, [title: string, what: string]> = {
  'layer-wise': ['Layer-wise', 'the deeper, the slower'],
  'heads-only': ['Heads only', 'the backbone stays'],
  'one-head': ['One head', 'all else stays'],
  'top-layers': ['Top layers', 'and the heads'],
  full: ['Everything', 'at one rate'],
  frozen: ['Nothing', 'all is frozen'],
};
export const scenarioNames = Object.keys(scenarios) as ScenarioName[];
inAddress('scenario', scenarioName, oneOf(...scenarioNames));
inAddress('top', topLayers, numberIn(1, 1000, { whole: true }));

/** The loaded model's parameters, those of its heads included. */
export const parameters = signal<readonly ParameterFacts[]>([]);
/** The labels of the loaded model's heads, by name. */
export const heads = signal<ReadonlyMap<string, readonly string[]>>(new Map());

const names = computed(() => parameters.value.map(({ name }) => name));

/** Layers of the loaded model; 0 until they are known. */
export const layers = computed(() => (model.value ? layersOf(model.value.parameterTree, names.value) : 0));
/** The number of layers that 'top-layers' trains: a model may have fewer than were asked for. */
export const topOfModel = computed(() => Math.min(topLayers.value, layers.value));

/** Labels of the heads that a run would have, by name: the model's heads, and one for each task. */
export const headsOfRun = computed(
  () => new Map([...heads.value, ...tasks.value.map(({ name, labels }) => [name, labels] as const)]),
);

/**
 * What the reader changed of the scenario, by the group's name. Choosing a scenario clears it. Changes to groups that
 * the loaded model lacks stay for a model that has them; `plan` leaves them out.
 */
export const adjustments = signal<ReadonlyMap<string, Adjustment>>(new Map());

interface Plan {
  scenario: Scenario;
  groups: Group[];
  adjustments: ReadonlyMap<string, Adjustment>;
}

/** The plan of a run. Undefined until there are a model and examples; a message if the settings do not work. */
export const plan = computed<Plan | string | undefined>(() => {
  if (layers.value === 0 || headsOfRun.value.size === 0 || !model.value) return undefined;
  const { dimension, parameterTree } = model.value;
  try {
    const headNames = [...headsOfRun.value.keys()];
    const head = headNames.find((name) => name === onlyHead.value) ?? tasks.value[0]?.name;
    const base = scenario(scenarioName.value, {
      parameterTree,
      layers: layers.value,
      heads: headNames,
      head,
      top: topOfModel.value,
    });
    const sizes = new Map([...headsOfRun.value].map(([name, labels]) => [name, labels.length]));
    const groups = groupsOf(parameters.value, parameterTree, sizes, dimension, base);
    const own = new Map(
      [...adjustments.value].filter(([group]) => groups.some(({ name }) => name === group)),
    );
    if (own.size === 0) return { scenario: base, groups, adjustments: own };
    const adjusted = adjust(groups, own);
    const unused: Pattern[] = names.value.some((name) => groupOf(parameterTree, name) === 'unused')
      ? [branchPattern(parameterTree.unused)]
      : [];
    return { scenario: scenarioOf(adjusted, base, unused), groups: adjusted, adjustments: own };
  } catch (error) {
    return messageOf(error);
  }
});
