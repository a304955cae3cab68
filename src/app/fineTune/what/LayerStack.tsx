import { useSignal } from '@preact/signals';
import { scientific } from '../../format.ts';
import { Button } from '../../parts/Button.tsx';
import type { Group } from './groups.ts';
import { type Adjustment, nearestStop, parseRate, shareOf, stops } from './rates.ts';
import { adjustments } from './state.ts';

const ticks = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2];

/**
 * One bar for each group, from the heads down to the embeddings. A bar is dragged, moved by the arrow keys or typed
 * over; a click on its button freezes the group.
 */
export function LayerStack({ groups }: { groups: readonly Group[] }) {
  return (
    <fieldset class="layers">
      <legend class="hidden">Learning rate of each group of parameters</legend>
      {groups.map((group) => (
        <Row key={group.name} group={group} />
      ))}
      <div class="axis muted" aria-hidden="true">
        {ticks.map((tick) => (
          <span key={tick} style={{ left: `${100 * shareOf(tick)}%` }}>
            {scientific(tick)}
          </span>
        ))}
      </div>
    </fieldset>
  );
}

function Row({ group: { kind, name, rate } }: { group: Group }) {
  const isFrozen = rate === null;
  const share = isFrozen ? 0 : shareOf(rate);
  return (
    <div class={`layer ${kind === 'head' ? 'head' : ''} ${isFrozen ? 'frozen' : ''}`}>
      <span class="layer-name" title={name}>
        {name}
      </span>
      <input
        type="range"
        aria-label={`Learning rate of ${name}`}
        aria-valuetext={isFrozen ? 'frozen' : String(rate)}
        min={0}
        max={stops.length - 1}
        value={isFrozen ? 0 : nearestStop(rate)}
        disabled={isFrozen}
        style={{ '--share': `${100 * share}%`, '--strength': `${Math.round(40 + 60 * share)}%` }}
        onInput={({ currentTarget }) => set(name, { rate: stops[currentTarget.valueAsNumber]! })}
      />
      <RateField name={name} rate={rate} />
      <Button
        label={isFrozen ? 'frozen' : 'open'}
        class="lock"
        aria-label={`Freeze ${name}`}
        aria-pressed={isFrozen}
        onClick={() => set(name, { isFrozen: !isFrozen })}
      />
    </div>
  );
}

function RateField({ name, rate }: { name: string; rate: number | null }) {
  const isWrong = useSignal(false);
  if (rate === null) return <span class="muted rate-field">–</span>;
  return (
    <input
      class="rate-field"
      aria-label={`Learning rate of ${name} as a number`}
      aria-invalid={isWrong.value}
      title={isWrong.value ? 'A number above 0, such as 2e-5' : undefined}
      value={scientific(rate)}
      spellcheck={false}
      autocomplete="off"
      onChange={({ currentTarget }) => {
        const typed = parseRate(currentTarget.value);
        isWrong.value = typed === undefined;
        if (typed !== undefined) set(name, { rate: typed });
      }}
    />
  );
}

function set(name: string, change: Adjustment): void {
  const own = { ...adjustments.value.get(name), ...change };
  adjustments.value = new Map(adjustments.value).set(name, own);
}
