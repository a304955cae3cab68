import { layersOf, usualTree } from '../../architectures/parameterTree.ts';
import { headFolders } from '../../repository/savedHeads.ts';
import type { HeadFacts, ParameterTree } from '../../types.ts';
import { version } from '../../version.ts';
import { headMetrics } from '../evaluation/headMetrics.ts';
import { headTasks, labelledTexts } from '../losses/headTasks.ts';
import { expectClasses } from '../losses/labelledExamples.ts';
import { expectOneOf } from '../options/checks.ts';
import { checkEarlyStopping, checkSettings, type TrainerOptions } from '../options/options.ts';
import { ratesOf } from '../options/rates.ts';
import { splitExamples } from '../options/splitExamples.ts';
import { dataCsv, headColumns } from './dataCsv.ts';
import { parameterGroups } from './parameterGroups.ts';
import template from './train.py?raw';

/** Facts that the script needs beside the run's options. */
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

interface ScriptHead {
  name: string;
  folder: string;
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
  // train.py trains heads and knows no other loss.
  expectOneOf('loss', options.loss ?? 'cross-entropy', ['cross-entropy']);
  const heads = headsOfRun(options.heads, facts.heads);
  const names = heads.map(({ name }) => name);
  const settings = checkSettings(options);
  const split = splitExamples(options, labelledTexts, heads, settings.seed);
  expectClasses(split.training, heads);
  const loss = headTasks({ training: split.training, heads, taskWeights: options.taskWeights });
  checkEarlyStopping(options.earlyStopping, headMetrics, split.evaluation.length);
  const encoder = facts.parameters.map(({ name }) => name).filter((name) => !name.startsWith('heads.'));
  const { parameterTree = usualTree } = facts;
  const layers = layersOf(parameterTree, encoder);
  const rates = ratesOf(options, loss, encoder, { layers, parameterTree, heads: names });
  const columns = headColumns(heads);
  const folders = headFolders(names);
  const scriptHeads = heads.map(({ name, labels, pooling, begins }, h): ScriptHead => {
    const { column, cells } = columns[h]!;
    const isPlain = cells.every((cell, c) => cell === labels[c]);
    return {
      ...{ name, folder: folders.get(name)!, column, labels, ...(!isPlain && { cells }) },
      ...{ pooling, ...begins, task_weight: loss.weights.get(name) ?? 0 },
    };
  });
  const { betas, eps, clipNorm, schedule, accumulate, epochs, batchSize, dropout, seed } = settings;
  // Under the names that the script has for them.
  const run = {
    ...{ tabgrad: version, base_model: facts.baseModel ?? null, heads: scriptHeads },
    ...{ scenario: rates.scenario.name, groups: parameterGroups(rates.settings), optimizer: rates.kind },
    ...{ betas, eps, clip_norm: clipNorm ?? null },
    schedule: { kind: schedule.kind, warmup_steps: schedule.warmupSteps },
    ...{ accumulate, epochs, batch_size: batchSize, dropout, seed, evaluate_every: split.everySteps ?? null },
  };
  return {
    'train.py': template.replace("r'''SETTINGS'''", () => `r'''${pythonSafeJson(run)}'''`),
    'data.csv': dataCsv(options, heads, split, columns),
  };
}

interface RunHead extends HeadFacts {
  begins: Pick<ScriptHead, 'seed' | 'weight' | 'bias'>;
}

function headsOfRun(given: TrainerOptions['heads'] = {}, known: readonly HeadFacts[] = []): RunHead[] {
  const heads = new Map<string, RunHead>();
  for (const head of known) heads.set(head.name, { ...head, begins: { seed: null } });
  for (const [name, { labels, pooling = 'cls', seed = 42, weight, bias }] of Object.entries(given)) {
    const begins = { seed, ...(weight && { weight: [...weight] }), ...(bias && { bias: [...bias] }) };
    heads.set(name, { name, labels: [...labels], pooling, begins });
  }
  return [...heads.values()];
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
  const units = character.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'));
  return units.map((hex) => `\\u${hex}`).join('');
}
