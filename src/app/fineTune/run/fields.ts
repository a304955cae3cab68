import { type Signal, signal } from '@preact/signals';
import type { EvaluationOptions, TrainerOptions } from '../../../worker/client.ts';
import { inAddress, numberIn, oneOf } from '../../address.ts';

/** A run's options while the fields fill them in. */
export interface Draft extends TrainerOptions {
  evaluation?: EvaluationOptions;
}

/** An option of a run, as the form, the address, the trainer, checkpoints and summaries use it. */
export interface Field<T = unknown> {
  /** The name in the page's address; not in it if left out. */
  name?: string;
  /** Reads a text of the address; a number from `least` to `most` if left out. */
  parse?: ((text: string) => T | undefined) | undefined;
  /** The name in a run's summary, which the table of runs and the model card show; left out there without one. */
  title?: string;
  /** The value at first. undefined leaves the option to the trainer. */
  initial: T;
  /** Its name in the form. A field without a label is asked for elsewhere on the page. */
  label?: string;
  /** It stands in the form's first row, not under "More". */
  isUsual?: boolean;
  /** The words that the form offers, where it does not ask for a number. The empty one stands for undefined. */
  words?: Readonly<Record<string, string>>;
  least?: number;
  most?: number;
  /** 1 if left out: a whole number. */
  step?: number | 'any';
  /** Words for the default, shown while the form's field is empty and its value undefined. */
  placeholder?: string;
  /** The value that the options of a run hold; undefined means the initial one. */
  read: (options: TrainerOptions) => T | undefined;
  write: (options: Draft, value: NonNullable<T>) => void;
  /** The value in a run's summary; as it is if left out. */
  describe: (value: T) => string;
  signal: Signal<T>;
}

function field<T = number>(facts: Omit<Field<T>, 'describe' | 'signal'> & Partial<Field<T>>): Field<T> {
  const { least, most = Number.MAX_SAFE_INTEGER, step = 1, initial } = facts;
  const number = least === undefined ? undefined : numberIn(least, most, { whole: step === 1 });
  return { parse: number as Field<T>['parse'], describe: String, signal: signal(initial), ...facts };
}

function option<Key extends keyof Draft>(key: Key) {
  return {
    read: (options: TrainerOptions) => options[key] as Draft[Key],
    write: (options: Draft, value: Draft[Key]) => {
      options[key] = value;
    },
  };
}

export const seed = field({
  ...{ name: 'seed', title: 'seed', label: 'seed', initial: 42, least: 0, most: 2 ** 32 - 1, isUsual: true },
  ...option('seed'),
});

/** The part of the texts that is held out of training, 0 to 0.5. */
export const heldOutShare = field({
  name: 'held-out',
  parse: numberIn(0, 0.5),
  title: 'held out',
  initial: 0.2,
  read: ({ evaluation }) => (evaluation && 'fraction' in evaluation ? evaluation.fraction : 0),
  write: (options, fraction) => {
    options.evaluation = { ...options.evaluation, fraction, details: true };
  },
  describe: (share) => (share === 0 ? 'none' : `${Math.round(100 * share)} %`),
});

/** Factors on the tasks' losses that are not 1, by task. */
export const taskWeights = field<Readonly<Record<string, number>>>({
  title: 'task weights',
  initial: {},
  ...option('taskWeights'),
  describe: (weights) =>
    Object.entries(weights)
      .map((entry) => entry.join(' '))
      .join(', ') || 'equal',
});

/** The options of a run that the reader can set, in the order of the form. A new option is one more entry. */
export const fields = [
  field({
    ...{ name: 'epochs', title: 'epochs', label: 'epochs', initial: 3, least: 1, isUsual: true },
    ...option('epochs'),
  }),
  field({
    ...{ name: 'batch', title: 'batch', label: 'batch (texts)', initial: 16, least: 1, isUsual: true },
    ...option('batchSize'),
    read: ({ batchSize }) => (batchSize === 'all' ? undefined : batchSize),
  }),
  field({
    ...{ name: 'dropout', title: 'dropout', label: 'dropout', initial: 0, isUsual: true },
    ...{ least: 0, most: 0.99, step: 0.05 },
    ...option('dropout'),
  }),
  seed,
  heldOutShare,
  field<'constant' | 'linear' | 'cosine'>({
    name: 'schedule',
    parse: oneOf('constant', 'linear', 'cosine'),
    title: 'schedule',
    initial: 'constant',
    label: 'schedule',
    words: { constant: 'constant', linear: 'linear, to 0', cosine: 'cosine, to 0' },
    read: ({ schedule }) => schedule?.kind,
    write: (options, kind) => {
      options.schedule = { ...options.schedule, kind };
    },
  }),
  field({
    ...{ name: 'warmup', title: 'warm-up', label: 'warm-up (steps)', initial: 0, least: 0 },
    read: ({ schedule }) => schedule?.warmupSteps,
    write: (options, warmupSteps) => {
      options.schedule = { kind: 'constant', ...options.schedule, warmupSteps };
    },
  }),
  field<'adam' | 'adamw' | undefined>({
    name: 'optimizer',
    parse: oneOf('adam', 'adamw'),
    title: 'optimizer',
    initial: undefined,
    label: 'optimizer',
    words: { '': 'the scenario’s', adam: 'Adam', adamw: 'AdamW' },
    ...option('optimizer'),
    describe: (kind) => kind ?? 'the scenario’s',
  }),
  field<number | undefined>({
    ...{ name: 'decay', title: 'weight decay', label: 'weight decay', initial: undefined },
    ...{ least: 0, step: 'any', placeholder: 'usual' },
    ...option('weightDecay'),
    describe: (decay) => String(decay ?? 'usual'),
  }),
  field<number | undefined>({
    ...{ name: 'clip', title: 'clipping', label: 'clip norm at', initial: undefined },
    ...{ least: 0, step: 'any', placeholder: 'no clipping' },
    parse: numberIn(1e-9, Number.MAX_SAFE_INTEGER),
    ...option('clipNorm'),
    describe: (norm) => String(norm ?? 'none'),
  }),
  field({
    ...{ name: 'accumulate', title: 'accumulate', label: 'batches a step', initial: 1, least: 1 },
    ...option('accumulate'),
  }),
  // Steps between two looks at the held-out texts, besides each epoch's end; 0 for none.
  field({
    ...{ name: 'every', label: 'evaluate each (steps)', initial: 0, least: 0 },
    read: ({ evaluation }) => (evaluation && 'everySteps' in evaluation ? evaluation.everySteps : undefined),
    write: (options, everySteps) => {
      if (everySteps > 0) options.evaluation = { ...options.evaluation, everySteps };
    },
  }),
  taskWeights,
] as readonly Field[];

const format = (value: unknown) => (value === undefined ? '' : String(value));
for (const { name, parse, signal } of fields) if (name && parse) inAddress(name, signal, parse, { format });
