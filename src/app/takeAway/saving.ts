import type { ModelCard, SavedFiles } from '../../types.ts';
import { type SentenceTransformer, trainScript, zipModel } from '../../worker/client.ts';
import { counted, messageOf } from '../format.ts';
import { aboutToGo } from '../model/busy.ts';
import { isGone, loseModel } from '../model/lost.ts';
import { chosen, model, tunedSteps } from '../model/state.ts';
import { save } from '../save.ts';
import { canPickFolder, pickFolder, type WritableFolder, writeFiles } from './folder.ts';
import { folderName, isHalf, ownRuns, saved, saveNotice, saving, withExamples } from './state.ts';

let stopping = new AbortController();

/** The model's folder as a zip, to the browser's downloads. */
export async function downloadZip(): Promise<void> {
  const name = folderName.value;
  await take(async (files, signal) => {
    saving.value = { stage: 'zipping', done: 0, total: 0 };
    save(`${name}.zip`, await zipModel(files, name, { signal }));
    return `Saved ${name}.zip.`;
  });
}

/** The model's folder to a place of the reader's choice, where the browser can. */
export async function saveToFolder(): Promise<void> {
  if (!canPickFolder()) return;
  let place: WritableFolder | undefined;
  try {
    place = await pickFolder();
  } catch (error) {
    saveNotice.value = { text: messageOf(error), isError: true };
  }
  if (!place) return;
  const name = folderName.value;
  const into = place;
  await take(async (files, signal) => {
    await writeFiles(into, name, files, signal, (done, total) => {
      saving.value = { stage: 'writing', done, total };
    });
    return `Saved ${counted(files.size, 'file')} to ${into.name}/${name}.`;
  });
}

export function stopSaving(): void {
  stopping.abort();
}

/** Reads the model's files and hands them on. */
async function take(handOn: (files: SavedFiles, signal: AbortSignal) => Promise<string>): Promise<void> {
  const ready = model.value;
  if (!ready || saving.value) return;
  const going = aboutToGo();
  if (going) {
    saveNotice.value = { text: going, isError: true };
    return;
  }
  stopping = new AbortController();
  const { signal } = stopping;
  saveNotice.value = undefined;
  saving.value = { stage: 'reading', done: 0, total: 0 };
  try {
    const files = await ready.save({
      dtype: isHalf.value ? 'float16' : 'float32',
      card: card(),
      signal,
      onProgress: (event) => {
        if (event.status === 'save') {
          saving.value = { stage: 'reading', done: event.done, total: event.total };
        }
      },
    });
    const missing = withExamples.value ? await addScript(files, ready) : undefined;
    // Handing them on may empty the arrays.
    const sizes = [...files]
      .map(([path, { length }]) => ({ path, bytes: length }))
      .sort((a, b) => b.bytes - a.bytes);
    const done = await handOn(files, signal);
    saveNotice.value = { text: missing ? `${done} ${missing}` : done, isError: missing !== undefined };
    saved.value = sizes;
  } catch (error) {
    if (signal.aborted) saveNotice.value = { text: 'Saving was stopped.', isError: false };
    else {
      if (isGone(error)) await loseModel(ready, error);
      saveNotice.value = { text: messageOf(error), isError: true };
    }
  } finally {
    saving.value = undefined;
  }
}

/**
 * The last run as `train.py` and `data.csv`: it goes on, or is repeated, where there is more room.
 * @returns why it could not be written, where that is so
 */
async function addScript(files: SavedFiles, ready: SentenceTransformer): Promise<string | undefined> {
  const last = ownRuns.value.at(-1);
  if (!last) return undefined;
  const [parameters, heads] = await Promise.all([ready.parameters(), ready.heads()]);
  try {
    const script = trainScript(last.options, { parameters, heads, baseModel: baseModel() });
    for (const [path, text] of Object.entries(script)) files.set(path, new TextEncoder().encode(text));
    return undefined;
  } catch (error) {
    // A head that the run trained may have been removed since.
    return `train.py is not in it: ${messageOf(error)}`;
  }
}

/** As Python finds it. */
function baseModel(): string {
  const { name, origin } = chosen.value;
  return origin === 'bundled' ? `sentence-transformers/${name}` : name;
}

/** What the model card says of the training; no text is in it. */
function card(): ModelCard {
  const last = ownRuns.value.at(-1);
  const evaluation = last?.evaluations.at(-1);
  const metrics = Object.entries(evaluation?.accuracy ?? {}).flatMap(([task, accuracy]) => [
    [`${task} accuracy, held out`, accuracy],
    [`${task} macro F1, held out`, evaluation!.macroF1[task]!],
  ]);
  return {
    baseModel: baseModel(),
    steps: tunedSteps.value,
    ...(last && {
      dataset: { name: last.data },
      settings: last.settings,
      metrics: Object.fromEntries(metrics),
    }),
  };
}
