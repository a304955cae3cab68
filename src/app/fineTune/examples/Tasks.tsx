import { signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { DatasetTask } from '../../../worker/client.ts';
import { clip, count } from '../../format.ts';
import { Button } from '../../parts/Button.tsx';
import { Problem } from '../../parts/Problem.tsx';
import { labelChip, labelColor } from '../colors.ts';
import { doubt } from './data.ts';
import { addTask, chooseTask, removeTask, renameTask } from './editing.ts';
import { allTasks, isLocked, shownTasks } from './state.ts';

/** Labels of a task that have a bar each; the others are summed up. */
const shownLabels = 8;

/** The fault of the name that a task was given last. */
const problem = signal<string | undefined>(undefined);

export function Tasks() {
  return (
    <fieldset class="tasks" disabled={isLocked.value}>
      <legend class="hidden">Tasks to learn</legend>
      {allTasks.value.map((task) => (
        <Task key={task.name} task={task} />
      ))}
      <AddTask />
      <Problem text={problem.value} />
    </fieldset>
  );
}

function Task({ task }: { task: DatasetTask }) {
  const { name, labels, counts } = task;
  const isShown = shownTasks.value.includes(task);
  return (
    <div class="task">
      <div class="task-head">
        <input
          type="checkbox"
          aria-label={`Learn ${name}`}
          title="Whether it is learned"
          checked={isShown}
          onChange={({ currentTarget }) => chooseTask(name, currentTarget.checked)}
        />
        <input
          type="text"
          class="cell task-name"
          aria-label={`Name of the task ${name}`}
          title="Rename the task"
          defaultValue={name}
          spellcheck={false}
          onKeyDown={({ key, currentTarget }) => {
            if (key === 'Escape') currentTarget.value = name;
            if (key === 'Enter' || key === 'Escape') currentTarget.blur();
          }}
          onChange={({ currentTarget }) => {
            problem.value = renameTask(name, currentTarget.value);
            if (problem.value) currentTarget.value = name;
          }}
        />
        <span class="muted">{doubt(task)}</span>
        <Button
          label="×"
          class="remove"
          aria-label={`Remove the task ${name}`}
          title="Remove the task with its labels"
          onClick={() => {
            removeTask(name);
            problem.value = undefined;
          }}
        />
      </div>
      {isShown && labels.length > 0 && <Counts name={name} labels={labels} counts={counts} />}
    </div>
  );
}

function Counts({ name, labels, counts }: DatasetTask) {
  const most = Math.max(...counts);
  const rest = counts.slice(shownLabels);
  return (
    <table class="counts">
      <caption class="hidden">Texts by {name}</caption>
      <tbody>
        {labels.slice(0, shownLabels).map((label, i) => (
          <tr key={label}>
            <th scope="row">
              <span class="label" style={labelChip(name, label)} title={label}>
                {clip(label, 18)}
              </span>
            </th>
            <td class="bar-cell">
              <span class="bar">
                <span
                  style={{
                    width: `${(100 * counts[i]!) / most}%`,
                    background: labelColor(name, label),
                  }}
                />
              </span>
            </td>
            <td>{count(counts[i]!)}</td>
          </tr>
        ))}
        {rest.length > 0 && (
          <tr>
            <th scope="row" class="muted">
              {count(rest.length)} more
            </th>
            <td class="bar-cell" />
            <td>{count(rest.reduce((a, b) => a + b, 0))}</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}

function AddTask() {
  const field = useRef<HTMLInputElement>(null);
  return (
    <form
      class="actions add-task"
      onSubmit={(event) => {
        event.preventDefault();
        problem.value = addTask(field.current!.value);
        if (!problem.value) field.current!.value = '';
      }}
    >
      <input
        ref={field}
        type="text"
        class="grow"
        aria-label="Name of a new task"
        placeholder={allTasks.value.length === 0 ? 'Name a task, such as topic' : 'Another task'}
        autocomplete="off"
        spellcheck={false}
      />
      <button type="submit">Add task</button>
    </form>
  );
}
