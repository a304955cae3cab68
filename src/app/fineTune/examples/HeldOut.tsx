import { count } from '../../format.ts';
import { Button } from '../../parts/Button.tsx';
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
      <span class="muted" role="status">
        <Sizes />
      </span>
    </div>
  );
}

function Sizes() {
  const { training, heldOut } = sizes.value;
  if (tasks.value.length === 0) {
    return columns.value.length === 0
      ? 'Nothing to learn yet: name a task below, and it becomes a column.'
      : 'Nothing to learn yet: a task needs texts with two different labels.';
  }
  if (heldOut === 0) {
    const why =
      heldOutShare.signal.value === 0
        ? 'the curves will show only how well it knows them by heart'
        : 'there are too few to spare one of each label';
    return `${count(training)} train, none held out: ${why}`;
  }
  return (
    <>
      {count(training)} train, <span class="held-out-mark" />
      <Button
        label={`${count(heldOut)} held out`}
        class="link"
        title="Show them"
        onClick={() => lookAt('held out', heldOutIds.peek())}
      />{' '}
      (stratified, seed {seed.signal.value})
    </>
  );
}
