import { type Signal, signal } from '@preact/signals';
import type { EvaluationOptions, TrainerOptions } from '../../../worker/client.ts';
import { inAddress, numberIn, oneOf } from '../../address.ts';

/** A run's options while the fields fill them in. */
export interface Draft extends TrainerOptions {
  evaluation?: EvaluationOptions;
}

/** How the form asks for a number. */
export interface NumberControl {
  kind: 'number';
  label: string;
  /** It stands in the form's first row, not under "More". */
  isUsual?: boolean;
  least: number;
  step?: number | 'any';
  /** What holds where the field is empty: the value is undefined then. */
  placeholder?: string;
}

/** How the form asks for a word. The empty one stands for undefined. */
export interface ChoiceControl {
  kind: 'choice';
  label: string;
  words: Readonly<Record<string, string>>;
}

/** An option of a run, as the form, the address, the trainer, checkpoints and summaries use it. */
interface FieldFacts<T> {
  /** The name in a run's summary, which the table of runs and the model card show; left out there without one. */
  title?: string;
  /** The value at first. undefined leaves the option to the trainer. */
  initial: T;
  /** The name in the page's address, and how its text there is read. */
  address?: [name: string, parse: (text: string) => T | undefined];
  /** A field without one is asked for elsewhere on the page. */
  control?: NumberControl | ChoiceControl;
  /** The value that the options of a run hold; undefined means the initial one. */
  read: (options: TrainerOptions) => T | undefined;
  /** Puts the value into the options of a run. */
  write: (options: Draft, value: NonNullable<T>) => void;
  /** The value in a run's summary; as it is if left out. */
  describe?: (value: T) => string;
}

export interface Field<T = unknown> extends FieldFacts<T> {
  describe: (value: T) => string;
  /** The value of now. */
  signal: Signal<T>;
}

function field<T>(facts: FieldFacts<T>): Field<T> {
  return { describe: String, ...facts, signal: signal(facts.initial) };
}

/** Reads and writes an option that the trainer has under this name. */
function option<Key extends keyof Draft>(key: Key) {
  return {
    read: (options: TrainerOptions) => options[key] as Draft[Key],
    write: (options: Draft, value: Draft[Key]) => {
      options[key] = value;
    },
  };
}

const most = Number.MAX_SAFE_INTEGER;
const whole = (least: number, greatest = most) => numberIn(least, greatest, { whole: true });

export const seed = field<number>({
  title: 'seed',
  initial: 42,
  address: ['seed', whole(0, 2 ** 32 - 1)],
  control: { kind: 'number', label: 'seed', isUsual: true, least: 0 },
  ...option('seed'),
});

/** The part of the texts that is held out of training, 0 to 0.5. */
export const heldOutShare = field<number>({
  title: 'held out',
  initial: 0.2,
  address: ['held-out', numberIn(0, 0.5)],
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
  field<number>({
    title: 'epochs',
    initial: 3,
    address: ['epochs', whole(1)],
    control: { kind: 'number', label: 'epochs', isUsual: true, least: 1 },
    ...option('epochs'),
  }),
  field<number>({
    title: 'batch',
    initial: 16,
    address: ['batch', whole(1)],
    control: { kind: 'number', label: 'batch (texts)', isUsual: true, least: 1 },
    ...option('batchSize'),
    read: ({ batchSize }) => (batchSize === 'all' ? undefined : batchSize),
  }),
  field<number>({
    title: 'dropout',
    initial: 0,
    address: ['dropout', numberIn(0, 0.99)],
    control: { kind: 'number', label: 'dropout', isUsual: true, least: 0, step: 0.05 },
    ...option('dropout'),
  }),
  seed,
  heldOutShare,
  field<'constant' | 'linear' | 'cosine'>({
    title: 'schedule',
    initial: 'constant',
    address: ['schedule', oneOf('constant', 'linear', 'cosine')],
    control: {
      kind: 'choice',
      label: 'schedule',
      words: { constant: 'constant', linear: 'linear, to 0', cosine: 'cosine, to 0' },
    },
    read: ({ schedule }) => schedule?.kind,
    write: (options, kind) => {
      options.schedule = { ...options.schedule, kind };
    },
  }),
  field<number>({
    title: 'warm-up',
    initial: 0,
    address: ['warmup', whole(0)],
    control: { kind: 'number', label: 'warm-up (steps)', least: 0 },
    read: ({ schedule }) => schedule?.warmupSteps,
    write: (options, warmupSteps) => {
      options.schedule = { kind: 'constant', ...options.schedule, warmupSteps };
    },
  }),
  field<'adam' | 'adamw' | undefined>({
    title: 'optimizer',
    initial: undefined,
    address: ['optimizer', oneOf('adam', 'adamw')],
    control: {
      kind: 'choice',
      label: 'optimizer',
      words: { '': 'the scenario’s', adam: 'Adam', adamw: 'AdamW' },
    },
    ...option('optimizer'),
    describe: (kind) => kind ?? 'the scenario’s',
  }),
  field<number | undefined>({
    title: 'weight decay',
    initial: undefined,
    address: ['decay', numberIn(0, most)],
    control: { kind: 'number', label: 'weight decay', least: 0, step: 'any', placeholder: 'usual' },
    ...option('weightDecay'),
    describe: (decay) => String(decay ?? 'usual'),
  }),
  field<number | undefined>({
    title: 'clipping',
    initial: undefined,
    address: ['clip', numberIn(1e-9, most)],
    control: { kind: 'number', label: 'clip norm at', least: 0, step: 'any', placeholder: 'no clipping' },
    ...option('clipNorm'),
    describe: (norm) => String(norm ?? 'none'),
  }),
  field<number>({
    title: 'accumulate',
    initial: 1,
    address: ['accumulate', whole(1)],
    control: { kind: 'number', label: 'batches a step', least: 1 },
    ...option('accumulate'),
  }),
  // Steps between two looks at the held-out texts, besides each epoch's end; 0 for none.
  field<number>({
    initial: 0,
    address: ['every', whole(0)],
    control: { kind: 'number', label: 'evaluate each (steps)', least: 0 },
    read: ({ evaluation }) => (evaluation && 'everySteps' in evaluation ? evaluation.everySteps : undefined),
    write: (options, everySteps) => {
      if (everySteps > 0) options.evaluation = { ...options.evaluation, everySteps };
    },
  }),
  taskWeights,
] as readonly Field[];

const format = (value: unknown) => (value === undefined ? '' : String(value));
for (const { address, signal } of fields) if (address) inAddress(address[0], signal, address[1], { format });
