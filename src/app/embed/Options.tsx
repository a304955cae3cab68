import type { Pooling } from '../../types.ts';
import { Select } from '../parts/Select.tsx';
import { set } from '../parts/set.ts';
import { chosenMaxLength, chosenNormalize, chosenPooling, lengths, settings } from './state.ts';

const poolings: Record<Pooling, string> = {
  mean: 'mean',
  cls: 'CLS',
  max: 'max',
  'mean-with-padding': 'mean with padding',
};

export function Options() {
  const { pooling, normalize, maxLength } = settings.value;
  return (
    <>
      <Select
        label="pooling"
        value={pooling}
        options={poolings}
        onChoose={(value) => set(chosenPooling, value as Pooling)}
      />
      <label class="chip">
        normalize
        <input
          type="checkbox"
          checked={normalize}
          onChange={({ currentTarget }) => set(chosenNormalize, currentTarget.checked)}
        />
      </label>
      <Select
        label="max length"
        title="Tokens a sentence may have before it is cut"
        value={maxLength}
        options={lengths.value}
        onChoose={(value) => set(chosenMaxLength, Number(value))}
      />
    </>
  );
}
