import { useSignal, useSignalEffect } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { count, orDash } from '../../format.ts';
import { Select } from '../../parts/Select.tsx';
import { set } from '../../parts/set.ts';
import { labelChip } from '../colors.ts';
import type { Column } from '../examples/data.ts';
import { heldOut } from '../learning/heldOut.ts';
import { likeness } from './likeness.ts';
import { MovingTexts } from './MovingTexts.tsx';
import { draw, type Picture, picture } from './picture.ts';

const mostChips = 12;

export function Meaning() {
  useSignalEffect(() => {
    heldOut.value;
    void draw();
  });
  const chosen = useSignal<string | undefined>(undefined);
  const tasks = (picture.value && heldOut.value?.tasks) ?? [];
  const task = tasks.find(({ name }) => name === chosen.value) ?? tasks[0];
  return (
    <section class="card" aria-labelledby="meaning-title">
      <div class="actions between">
        <h2 id="meaning-title">Map of meaning</h2>
        {tasks.length > 1 && (
          <Select
            label="colours"
            value={task?.name}
            options={tasks.map(({ name }) => name)}
            onChoose={(name) => set(chosen, name)}
          />
        )}
      </div>
      {picture.value && task ? (
        <Shown picture={picture.value} task={task} />
      ) : (
        <p class="muted">
          Where the held-out texts were, and where they are now, once a run has looked at them.
        </p>
      )}
    </section>
  );
}

function Shown({ picture, task }: { picture: Picture; task: Column }) {
  /** 0 is before, 1 is now. */
  const time = useSignal(1);
  const facts = useMemo(() => factsOf(picture, task.name), [picture, task.name]);
  return (
    <>
      <p class="muted">
        {picture.texts.length < picture.total
          ? `${count(picture.texts.length)} of the ${count(picture.total)} held-out texts: where they were, and where they are now.`
          : 'Where the held-out texts were, and where they are now.'}
      </p>
      <MovingTexts
        picture={picture}
        task={task.name}
        time={time.value}
        label={`${count(picture.texts.length)} held-out texts as dots in the colours of ${task.name}, each with a line from where it was. ${facts}`}
      />
      <div class="actions between">
        <span class="actions labels">
          {task.labels.slice(0, mostChips).map((label) => (
            <span key={label} class="chip" style={labelChip(task.name, label)}>
              {label}
            </span>
          ))}
          {task.labels.length > mostChips && (
            <span class="muted">and {task.labels.length - mostChips} more</span>
          )}
        </span>
        <label class="time muted">
          before
          <input
            type="range"
            min={0}
            max={1}
            step={0.01}
            value={time.value}
            aria-label="Time, from before to now"
            aria-valuetext={timeText(time.value)}
            onInput={({ currentTarget }) => set(time, currentTarget.valueAsNumber)}
          />
          now
        </label>
      </div>
      <p class="muted">{facts}</p>
    </>
  );
}

function timeText(time: number): string {
  if (time === 0) return 'before';
  return time === 1 ? 'now' : `${Math.round(100 * time)} % of the way`;
}

/** Says how alike texts of the same label and of different labels are, before and now. */
function factsOf({ texts, first, latest, isLater, before, now }: Picture, task: string): string {
  const labels = texts.map((text) => text.labels[task]);
  const [was, is] = [likeness(first, labels), likeness(latest, labels)];
  const far = now.reduce((most, place, i) => Math.max(most, Math.abs(place - before[i]!)), 0);
  const change = (from: number, to: number) =>
    far < 0.5 ? orDash(to, 2) : `${orDash(from, 2)} → ${orDash(to, 2)}`;
  const cosines = `Mean cosine, same ${task}: ${change(was.same, is.same)}; different: ${change(was.different, is.different)}.`;
  return isLater && far < 0.5 ? `${cosines} No text has moved.` : cosines;
}
