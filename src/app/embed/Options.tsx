import type { Pooling } from '../../types.ts';
import { chosenMaxLength, chosenNormalize, chosenPooling, lengths, settings } from './state.ts';

const poolings: Record<Pooling, string> = {
  mean: 'mean',
  cls: 'CLS',
  max: 'max',
  'mean-with-padding': 'mean with padding',
};

/** The settings of how sentences become vectors. */
export function Options() {
  const { pooling, normalize, maxLength } = settings.value;
  return (
    <>
      <label class="chip">
        pooling
        <select
          value={pooling}
          onChange={(event) => {
            chosenPooling.value = event.currentTarget.value as Pooling;
          }}
        >
          {Object.entries(poolings).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <label class="chip">
        normalize
        <input
          type="checkbox"
          checked={normalize}
          onChange={(event) => {
            chosenNormalize.value = event.currentTarget.checked;
          }}
        />
      </label>
      <label class="chip" title="Tokens a sentence may have before it is cut">
        max length
        <select
          value={maxLength}
          onChange={(event) => {
            chosenMaxLength.value = Number(event.currentTarget.value);
          }}
        >
          {lengths.value.map((length) => (
            <option key={length} value={length}>
              {length}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}
