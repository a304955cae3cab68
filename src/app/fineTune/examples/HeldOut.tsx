import { count } from '../../format.ts';
import { Select } from '../../parts/Select.tsx';
import { set } from '../../parts/set.ts';
import { heldOutShare, seed } from '../run/fields.ts';
import { columns, heldOutIds, isLocked, sizes, tasks } from './state.ts';
import { lookAt } from './table.ts';

const shares = [0, 0.1, 0.2, 0.3];

export function HeldOut() {
  const share = heldOutShare.signal.value;
  const words = [...new Set([...shares, share])]
    .sort((a, b) => a - b)
    .map((value) => [value, value === 0 ? 'none' : `${Math.round(value * 100)} %`]);
  return (
    <div class="actions">
      <Select
        label="held out"
        title="Texts that are never trained on: they tell how well it has learned"
        name="Texts held out"
        value={String(share)}
        options={Object.fromEntries(words)}
        disabled={isLocked.value}
        onChoose={(value) => set(heldOutShare.signal, Number(value))}
      />
      <Sizes />
    </div>
  );
}

function Sizes() {
  const { training, heldOut } = sizes.value;
  if (tasks.value.length === 0) {
    return (
      <span class="muted sizes" role="status">
        {columns.value.length === 0
          ? 'Nothing to learn yet: name a task below, and it becomes a column.'
          : 'Nothing to learn yet: a task needs texts with two different labels.'}
      </span>
    );
  }
  return (
    <span class="muted sizes" role="status">
      {count(training)} train,{' '}
      {heldOut > 0 ? (
        <>
          <span class="held-out-mark" />
          <button
            type="button"
            class="link"
            title="Show them"
            onClick={() => lookAt('held out', heldOutIds.peek())}
          >
            {count(heldOut)} held out
          </button>{' '}
          (stratified, seed {seed.signal.value})
        </>
      ) : (
        noneHeldOut()
      )}
    </span>
  );
}

function noneHeldOut(): string {
  return heldOutShare.signal.value === 0
    ? 'none held out: the curves will show only how well it knows them by heart'
    : 'none held out: there are too few to spare one of each label';
}
