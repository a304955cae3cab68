import type { Signal } from '@preact/signals';
import { tasks } from '../examples/state.ts';
import {
  accumulate,
  batchSize,
  clipNorm,
  dropout,
  epochs,
  evaluateEvery,
  type Optimizer,
  optimizer,
  type ScheduleKind,
  schedule,
  seed,
  taskWeights,
  warmupSteps,
  weightDecay,
} from './state.ts';

/** The options of a run: the usual ones, and the rest under "More". The trainer itself says what is wrong with one. */
export function Fields({ isLocked }: { isLocked: boolean }) {
  return (
    <fieldset class="stack" disabled={isLocked}>
      <legend class="hidden">Options of the run</legend>
      <div class="actions fields">
        <Amount label="epochs" setting={epochs} least={1} />
        <Amount label="batch (texts)" setting={batchSize} least={1} />
        <Amount label="dropout" setting={dropout} least={0} step={0.05} />
        <Amount label="seed" setting={seed} least={0} />
      </div>
      <details>
        <summary>More</summary>
        <div class="actions fields">
          <Choice label="schedule" setting={schedule} words={schedules} />
          <Amount label="warm-up (steps)" setting={warmupSteps} least={0} />
          <Choice label="optimizer" setting={optimizer} words={optimizers} />
          <Maybe label="weight decay" setting={weightDecay} placeholder="usual" />
          <Maybe label="clip norm at" setting={clipNorm} placeholder="no clipping" />
          <Amount label="batches a step" setting={accumulate} least={1} />
          <Amount label="evaluate each (steps)" setting={evaluateEvery} least={0} />
          {tasks.value.length > 1 && tasks.value.map(({ name }) => <Weight key={name} task={name} />)}
        </div>
        <p class="muted">
          0 steps between evaluations: at each epoch’s end only. The usual weight decay is PyTorch’s: 0 with
          Adam, 0.01 with AdamW.
        </p>
      </details>
    </fieldset>
  );
}

const schedules: Record<ScheduleKind, string> = {
  constant: 'constant',
  linear: 'linear, to 0',
  cosine: 'cosine, to 0',
};

const optimizers: Record<Optimizer | '', string> = { '': 'the scenario’s', adam: 'Adam', adamw: 'AdamW' };

interface AmountProps {
  label: string;
  setting: Signal<number>;
  least: number;
  step?: number;
}

function Amount({ label, setting, least, step = 1 }: AmountProps) {
  return (
    <label class="field">
      <span class="muted">{label}</span>
      <input
        type="number"
        min={least}
        step={step}
        value={Number.isNaN(setting.value) ? undefined : setting.value}
        onInput={({ currentTarget }) => {
          setting.value = currentTarget.valueAsNumber;
        }}
      />
    </label>
  );
}

interface MaybeProps {
  label: string;
  setting: Signal<number | undefined>;
  /** What holds where the field is empty. */
  placeholder: string;
}

function Maybe({ label, setting, placeholder }: MaybeProps) {
  return (
    <label class="field">
      <span class="muted">{label}</span>
      <input
        type="number"
        min={0}
        step="any"
        placeholder={placeholder}
        value={setting.value}
        onInput={({ currentTarget }) => {
          setting.value = currentTarget.value === '' ? undefined : currentTarget.valueAsNumber;
        }}
      />
    </label>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  setting: Signal<T> | Signal<T | undefined>;
  words: Readonly<Record<T | '', string> | Record<T, string>>;
}

function Choice<T extends string>({ label, setting, words }: ChoiceProps<T>) {
  return (
    <label class="field">
      <span class="muted">{label}</span>
      <select
        value={setting.value ?? ''}
        onChange={({ currentTarget }) => {
          (setting as Signal<T | undefined>).value =
            currentTarget.value === '' ? undefined : (currentTarget.value as T);
        }}
      >
        {Object.entries<string>(words).map(([value, word]) => (
          <option key={value} value={value}>
            {word}
          </option>
        ))}
      </select>
    </label>
  );
}

function Weight({ task }: { task: string }) {
  return (
    <label class="field">
      <span class="muted">weight of {task}</span>
      <input
        type="number"
        min={0}
        step="any"
        placeholder="1"
        value={Object.hasOwn(taskWeights.value, task) ? taskWeights.value[task] : undefined}
        onInput={({ currentTarget }) => {
          const { [task]: _, ...others } = taskWeights.value;
          taskWeights.value =
            currentTarget.value === '' ? others : { ...others, [task]: currentTarget.valueAsNumber };
        }}
      />
    </label>
  );
}
