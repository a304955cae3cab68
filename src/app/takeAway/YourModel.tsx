import { computed, type Signal } from '@preact/signals';
import { counted, fixed, megabytes } from '../format.ts';
import { chosen, model, tunedSteps } from '../model/state.ts';
import { Button } from '../parts/Button.tsx';
import { set } from '../parts/set.ts';
import { canPickFolder } from '../pickFolder.ts';
import { downloadZip, saveToFolder, stopSaving } from './saving.ts';
import { isHalf, ownRuns, saved, saveNotice, saving, withExamples } from './state.ts';

export function YourModel() {
  const now = saving.value;
  const isOut = !model.value || now !== undefined;
  return (
    <section class="card" aria-labelledby="your-model-title">
      <h2 id="your-model-title">Your model</h2>
      <p class="muted">{origin()}</p>
      <div class="actions">
        {now ? (
          <Button label="Stop" class="primary" onClick={stopSaving} />
        ) : (
          <Button
            label={`Download folder (${['.zip', size.value].filter(Boolean).join(', ')})`}
            class="primary"
            disabled={isOut}
            onClick={() => void downloadZip()}
          />
        )}
        {canPickFolder() && (
          <Button label="Save to a folder…" disabled={isOut} onClick={() => void saveToFolder()} />
        )}
        <Check label="half size (float16)" setting={isHalf} />
        {ownRuns.value.length > 0 && <Check label="with train.py and my examples" setting={withExamples} />}
      </div>
      {now && (
        <progress aria-label="Saving" max={now.total || 1} value={now.total > 0 ? now.done : undefined} />
      )}
      <p role="status" class={saveNotice.value?.isError ? 'status error' : 'status'}>
        {now ? stageOf(now) : saveNotice.value?.text}
      </p>
      <Contents />
    </section>
  );
}

function Check({ label, setting }: { label: string; setting: Signal<boolean> }) {
  return (
    <label class="chip">
      <input
        type="checkbox"
        checked={setting.value}
        disabled={saving.value !== undefined}
        onChange={({ currentTarget }) => set(setting, currentTarget.checked)}
      />
      {label}
    </label>
  );
}

function stageOf({ isZip, done, total }: NonNullable<typeof saving.value>): string {
  if (!isZip) return 'Writing the files …';
  return total > 0 && done === total ? 'Making the zip …' : 'Reading the weights from the GPU …';
}

function origin(): string {
  const { name } = chosen.value;
  if (tunedSteps.value === 0) return `${name}, as it was published: it has learned nothing in this tab yet.`;
  const accuracy = Object.entries(ownRuns.value.at(-1)?.evaluations.at(-1)?.accuracy ?? {});
  const scores = accuracy.map(([task, value]) => ` · ${task} ${fixed(value, 2)}`).join('');
  return `Fine-tuned ${counted(tunedSteps.value, 'step')} from ${name}${scores}`;
}

/** The size of the weights; the other files are small. */
const size = computed(() => {
  if (!model.value) return '';
  return `about ${megabytes(model.value.parameterCount * (isHalf.value ? 2 : 4))}`;
});

/** The files of the folder: those of the last save, or those to expect. */
function Contents() {
  const rows =
    saved.value.length > 0 ? saved.value.map(({ path, bytes }) => [path, sizeText(bytes)]) : expected();
  return (
    <table class="files">
      <caption class="hidden">Files of the folder</caption>
      <tbody>
        {rows.map(([name, size]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{size}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function expected(): string[][] {
  return [
    ['model.safetensors: the weights', size.value],
    ['config.json, tokenizer.json, modules.json, 1_Pooling/…', ''],
    ['heads/…, predict.py: the tasks that it has learned, if any', ''],
    ['README.md: a model card with your settings and metrics, never your texts', ''],
    ...(ownRuns.value.length > 0 && withExamples.value
      ? [['train.py, data.csv: the last run for a server, with its examples', '']]
      : []),
  ];
}

function sizeText(bytes: number): string {
  return bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} kB` : megabytes(bytes, 1);
}
