import { isObject } from '../../values/isObject.ts';
import type { CheckpointContent, ScenarioName } from '../../worker/client.ts';
import type { ModelChoice } from '../model/choice.ts';

/**
 * What the page keeps with a run to go on with it: what the checkpoint does not say itself. Texts, labels and the trainer's
 * options are in there already.
 */
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
  /** What to train, as it was chosen: the trainer was given the rates that followed from it. */
  form: {
    scenario: ScenarioName;
    onlyHead?: string;
    topLayers: number;
    adjustments: [group: string, adjustment: { rate?: number; isFrozen?: boolean }][];
  };
}

/** A checkpoint of this page. */
export type PageContent = CheckpointContent & { about: RunAbout };

/** Whether a checkpoint was made by this page; one of another page, or of nobody knows whom, lacks something. */
export function isOfPage(content: CheckpointContent): content is PageContent {
  const { about, heads, options } = content;
  return (
    isAbout(about) &&
    about.tasks.every((task) => heads.some(({ name }) => name === task)) &&
    isListOf(
      options.examples,
      (example) =>
        isObject(example) &&
        isString(example.text) &&
        isObject(example.labels) &&
        Object.values(example.labels).every(isString),
    )
  );
}

export function isAbout(value: unknown): value is RunAbout {
  if (!isObject(value)) return false;
  const { model, data, tasks, before, settings, form } = value;
  return (
    isObject(model) &&
    typeof model.name === 'string' &&
    ['bundled', 'hub', 'files'].includes(String(model.origin)) &&
    (model.revision === undefined || typeof model.revision === 'string') &&
    typeof data === 'string' &&
    isListOf(tasks, isString) &&
    Number.isSafeInteger(before) &&
    Number(before) >= 0 &&
    isObject(settings) &&
    Object.values(settings).every(isString) &&
    isForm(form)
  );
}

function isForm(value: unknown): value is RunAbout['form'] {
  if (!isObject(value)) return false;
  const { scenario, onlyHead, topLayers, adjustments } = value;
  return (
    isString(scenario) &&
    (onlyHead === undefined || isString(onlyHead)) &&
    Number.isSafeInteger(topLayers) &&
    isListOf(adjustments, (entry) => Array.isArray(entry) && isString(entry[0]) && isAdjustment(entry[1]))
  );
}

function isAdjustment(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { rate, isFrozen } = value;
  return (
    (rate === undefined || (typeof rate === 'number' && rate > 0)) &&
    [undefined, true, false].includes(isFrozen as boolean)
  );
}

function isString(value: unknown): value is string {
  return typeof value === 'string';
}

function isListOf(value: unknown, isOne: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isOne);
}
