import type { Signal } from '@preact/signals';
import { Select } from '../../parts/Select.tsx';
import { set } from '../../parts/set.ts';
import { tasks } from '../examples/state.ts';
import { type Field, fields, taskWeights } from './fields.ts';

const usual = fields.filter(({ isUsual }) => isUsual);
const others = fields.filter(({ isUsual }) => !isUsual);

/** The options of a run. The trainer itself says what is wrong with one. */
export function Fields({ isLocked }: { isLocked: boolean }) {
  return (
    <fieldset class="stack" disabled={isLocked}>
      <legend class="hidden">Options of the run</legend>
      <div class="actions fields">{usual.map(draw)}</div>
      <details>
        <summary>More</summary>
        <div class="actions fields">
          {others.map(draw)}
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

function draw({ label, words, signal, ...limits }: Field) {
  if (label === undefined) return null;
  if (!words) {
    const setting = signal as Signal<number | undefined>;
    return (
      <Amount
        key={label}
        {...{ label, ...limits }}
        value={setting.value}
        onValue={(value) => set(setting, value)}
      />
    );
  }
  const setting = signal as Signal<string | undefined>;
  return (
    <Select
      key={label}
      class="field"
      label={label}
      value={setting.value ?? ''}
      options={words}
      onChoose={(word) => set(setting, word || undefined)}
    />
  );
}

interface AmountProps extends Pick<Field, 'least' | 'step' | 'placeholder'> {
  label: string;
  value: number | undefined;
  onValue: (value: number | undefined) => void;
}

function Amount({ label, least, step = 1, placeholder, value, onValue }: AmountProps) {
  return (
    <label class="field">
      {label}
      <input
        type="number"
        min={least}
        step={step}
        placeholder={placeholder}
        value={Number.isNaN(value) ? undefined : value}
        onInput={({ currentTarget }) => {
          const isEmpty = placeholder !== undefined && currentTarget.value === '';
          onValue(isEmpty ? undefined : currentTarget.valueAsNumber);
        }}
      />
    </label>
  );
}

function Weight({ task }: { task: string }) {
  const weights = taskWeights.signal;
  return (
    <Amount
      label={`weight of ${task}`}
      least={0}
      step="any"
      placeholder="1"
      value={Object.hasOwn(weights.value, task) ? weights.value[task] : undefined}
      onValue={(weight) => {
        const { [task]: _, ...others } = weights.value;
        weights.value = weight === undefined ? others : { ...others, [task]: weight };
      }}
    />
  );
}
