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

const isText = (value: unknown) => typeof value === 'string';
const isTextOrMissing = (value: unknown) => value === undefined || isText(value);
const areTexts = (values: unknown[]) => values.every(isText);
const areTextsByName = (value: unknown) => isObject(value) && areTexts(Object.values(value));

export function isAbout(about: unknown): about is RunAbout {
  if (!isObject(about) || !isObject(about.model) || !isObject(about.form)) return false;
  const { model, data, tasks, before, settings, form } = about;
  return (
    isText(model.name) &&
    ['bundled', 'hub', 'files'].includes(String(model.origin)) &&
    isTextOrMissing(model.revision) &&
    isText(data) &&
    Array.isArray(tasks) &&
    areTexts(tasks) &&
    Number.isSafeInteger(before) &&
    Number(before) >= 0 &&
    areTextsByName(settings) &&
    isText(form.scenario) &&
    isTextOrMissing(form.onlyHead) &&
    Number.isSafeInteger(form.topLayers) &&
    Array.isArray(form.adjustments) &&
    form.adjustments.every(isAdjustment)
  );
}

function isAdjustment(entry: unknown): boolean {
  if (!Array.isArray(entry) || !isText(entry[0]) || !isObject(entry[1])) return false;
  const { rate, isFrozen } = entry[1];
  const hasRate = rate === undefined || (typeof rate === 'number' && rate > 0);
  return hasRate && ['undefined', 'boolean'].includes(typeof isFrozen);
}

function isExample(example: unknown): boolean {
  return isObject(example) && isText(example.text) && areTextsByName(example.labels);
}

/** Whether a checkpoint was made by this page: one that was made elsewhere lacks something. */
export function isOfPage(content: CheckpointContent): content is PageContent {
  const { about, heads, options } = content;
  return (
    isAbout(about) &&
    about.tasks.every((task) => heads.some(({ name }) => name === task)) &&
    Array.isArray(options.examples) &&
    options.examples.every(isExample)
  );
}
