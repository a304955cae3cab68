import { isObject } from '../../values/isObject.ts';
import type { CheckpointContent, ScenarioName } from '../../worker/client.ts';
import type { ModelChoice } from '../model/choice.ts';

/** The page saves this with a checkpoint to resume the run. Examples and options are in the checkpoint anyway. */
export interface RunAbout {
  model: Pick<ModelChoice, 'name' | 'origin' | 'revision'>;
  /** Name of the examples. */
  data: string;
  /** Columns that are learned, in their order. */
  tasks: string[];
  /** Steps that the model had learned before the run. */
  before: number;
  /** The run's line in the table of runs. */
  settings: Record<string, string>;
  /** The reader's choice of what to train. The trainer was given the rates that follow from it. */
  form: {
    scenario: ScenarioName;
    onlyHead?: string;
    topLayers: number;
    adjustments: [group: string, adjustment: { rate?: number; isFrozen?: boolean }][];
  };
}

export type PageContent = CheckpointContent & { about: RunAbout };

type Check = (value: unknown) => boolean;

const isString: Check = (value) => typeof value === 'string';
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const recordOf =
  (check: Check): Check =>
  (value) =>
    isObject(value) && Object.values(value).every(check);
const shapeOf =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) && Object.entries(checks).every(([key, check]) => check(value[key]));

const isAdjustment = shapeOf({
  rate: optional((rate) => typeof rate === 'number' && rate > 0),
  isFrozen: optional((isFrozen) => typeof isFrozen === 'boolean'),
});

const aboutShape = shapeOf({
  model: shapeOf({
    name: isString,
    origin: (origin) => ['bundled', 'hub', 'files'].includes(String(origin)),
    revision: optional(isString),
  }),
  data: isString,
  tasks: listOf(isString),
  before: (before) => Number.isSafeInteger(before) && Number(before) >= 0,
  settings: recordOf(isString),
  form: shapeOf({
    scenario: isString,
    onlyHead: optional(isString),
    topLayers: Number.isSafeInteger,
    adjustments: listOf((entry) => Array.isArray(entry) && isString(entry[0]) && isAdjustment(entry[1])),
  }),
});

const areExamples = listOf(shapeOf({ text: isString, labels: recordOf(isString) }));

export function isAbout(value: unknown): value is RunAbout {
  return aboutShape(value);
}

/** Whether a checkpoint was made by this page: one that was made elsewhere lacks something. */
export function isOfPage(content: CheckpointContent): content is PageContent {
  const { about, heads, options } = content;
  return (
    isAbout(about) &&
    about.tasks.every((task) => heads.some(({ name }) => name === task)) &&
    areExamples(options.examples)
  );
}
