import { layersOf, usualTree } from '../../architectures/parameterTree.ts';
import type { OptimizerKind } from '../../optim/adam.ts';
import { headFolders } from '../../repository/savedHeads.ts';
import type { HeadFacts, HeadOptions, ParameterTree } from '../../types.ts';
import { version } from '../../version.ts';
import { headMetrics } from '../evaluation/headMetrics.ts';
import { headTasks, labelledTexts } from '../losses/headTasks.ts';
import { checkEarlyStopping, checkSettings, type Settings, type TrainerOptions } from '../options/options.ts';
import { scenario } from '../options/scenarios.ts';
import { splitExamples } from '../options/splitExamples.ts';
import { dataCsv, headColumns } from './dataCsv.ts';
import { type ParameterGroup, parameterGroups } from './parameterGroups.ts';
import template from './train.py?raw';

/** What the script must know beside the run's options. */
export interface TrainScriptFacts {
  /** The model's parameters, as `parameters()` gives them. */
  parameters: readonly { name: string }[];
  /** The model's `parameterTree`; that of a BERT if left out. */
  parameterTree?: ParameterTree;
  /** The model's heads, as `heads()` gives them; those of the options need not be there yet. */
  heads?: readonly HeadFacts[];
  /** Hub id, or folder, of the model that the run began with. */
  baseModel?: string;
}

/** Files for the saved model's folder, by name. */
export interface TrainScript {
  'train.py': string;
  'data.csv': string;
}

/** A head as the script makes it. */
interface ScriptHead {
  name: string;
  folder: string;
  /** Its column of data.csv. */
  column: string;
  labels: readonly string[];
  /** The labels as they stand in data.csv, where that is not what they are. */
  cells?: readonly string[];
  pooling: 'cls' | 'mean';
  /** Seed of its first weights; null where nobody knows how it began. */
  seed: number | null;
  weight?: readonly number[];
  bias?: readonly number[];
  /** 0 where no example trains it. */
  task_weight: number;
}

/**
 * A run as a Python script with its data: `accelerate launch train.py --data data.csv` goes on from the saved model,
 * and with `--from` and the base model it repeats the run. It has the run's heads, rates, optimizer, schedule, order
 * of examples and split; with dropout 0 its losses are the run's but for rounding. Nothing here needs a GPU or the
 * model.
 * @throws ArgumentError naming the option, what was given and what works
 */
export function trainScript(options: TrainerOptions, facts: TrainScriptFacts): TrainScript {
  const heads = headsOfRun(options.heads, facts.heads);
  const names = heads.map(({ name }) => name);
  const own = checkSettings(options);
  const split = splitExamples(options, labelledTexts, heads, own.seed);
  const loss = headTasks({ training: split.training, heads, taskWeights: options.taskWeights });
  checkEarlyStopping(options.earlyStopping, headMetrics, split.evaluation.length);
  const encoder = facts.parameters.map(({ name }) => name).filter((name) => !name.startsWith('heads.'));
  const { parameterTree = usualTree } = facts;
  const layers = layersOf(parameterTree, encoder);
  const chosen = options.scenario ?? 'full';
  const plan =
    typeof chosen === 'string' ? scenario(chosen, { layers, heads: names, parameterTree }) : chosen;
  const optimizer = options.optimizer ?? plan.optimizer ?? 'adam';
  const groups = parameterGroups(encoder, names, loss, {
    parameterTree,
    optimizer,
    learningRate: options.learningRate ?? plan.learningRate,
    frozen: [...plan.frozen, ...(options.frozen ?? [])],
    noDecay: options.noDecay,
    weightDecay: own.weightDecay,
  });
  const columns = headColumns(heads);
  const folders = headFolders(names);
  const scriptHeads = heads.map(({ name, labels, pooling, begins }, h): ScriptHead => {
    const { column, cells } = columns[h]!;
    const weight = loss.weights.get(name) ?? 0;
    const isPlain = cells.every((cell, c) => cell === labels[c]);
    return {
      ...{ name, folder: folders.get(name)!, column, labels, ...(!isPlain && { cells }) },
      ...{ pooling, ...begins, task_weight: weight },
    };
  });
  const settings = settingsOf(
    { ...own, everySteps: split.everySteps },
    { optimizer, groups, heads: scriptHeads, scenario: plan.name },
  );
  const run = { tabgrad: version, base_model: facts.baseModel ?? null, ...settings };
  return {
    'train.py': template.replace("r'''SETTINGS'''", () => `r'''${pythonSafeJson(run)}'''`),
    'data.csv': dataCsv(options, heads, split, columns),
  };
}

interface RunHead extends HeadFacts {
  begins: Pick<ScriptHead, 'seed' | 'weight' | 'bias'>;
}

/** The model's heads and those of the options, in the run's order. */
function headsOfRun(
  given: Readonly<Record<string, HeadOptions>> = {},
  known: readonly HeadFacts[] = [],
): RunHead[] {
  const heads = new Map(
    known.map((head): [string, RunHead] => [head.name, { ...head, begins: { seed: null } }]),
  );
  for (const [name, { labels, pooling = 'cls', seed = 42, weight, bias }] of Object.entries(given)) {
    const begins = { seed, ...(weight && { weight: [...weight] }), ...(bias && { bias: [...bias] }) };
    heads.set(name, { name, labels: [...labels], pooling, begins });
  }
  return [...heads.values()];
}

/** The settings of the run, under the names that the script has for them. */
function settingsOf(
  settings: Settings & { everySteps?: number },
  worked: { optimizer: OptimizerKind; groups: ParameterGroup[]; heads: ScriptHead[]; scenario: string },
) {
  const { betas, eps, clipNorm, schedule, accumulate, epochs, batchSize, dropout, seed, everySteps } =
    settings;
  const { optimizer, groups, heads, scenario } = worked;
  return {
    ...{ heads, scenario, groups, optimizer, betas, eps, clip_norm: clipNorm ?? null },
    schedule: { kind: schedule.kind, warmup_steps: schedule.warmupSteps },
    ...{ accumulate, epochs, batch_size: batchSize, dropout, seed, evaluate_every: everySteps ?? null },
  };
}

/**
 * Writes JSON that can stand in a Python literal r'''…''': without an apostrophe, which could end it, and without
 * characters that an editor would not show. Each setting, head and group has a line.
 */
function pythonSafeJson(settings: Record<string, unknown>): string {
  const lines = Object.entries(settings).map(([key, value]) => {
    const isList = Array.isArray(value) && value.some((entry) => typeof entry === 'object');
    const entries = isList ? value.map((entry) => `\n    ${JSON.stringify(entry)}`) : [];
    return `  ${JSON.stringify(key)}: ${isList ? `[${entries.join()}\n  ]` : JSON.stringify(value)}`;
  });
  return `{\n${lines.join(',\n')}\n}`.replace(/['\p{C}\p{Z}]/gu, (character) =>
    character === ' ' || character === '\n' ? character : escaped(character),
  );
}

/** The escape of a character in JSON: of its two UTF-16 units where it lies beyond the first 65,536. */
function escaped(character: string): string {
  return Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');
}
