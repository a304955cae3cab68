import type { ModelCard, SavedFile } from '../../types.ts';
import { type SentenceTransformer, trainScript, zipModel } from '../../worker/client.ts';
import { counted, messageOf } from '../format.ts';
import { aboutToGo } from '../model/busy.ts';
import { isGone, loseModel } from '../model/lost.ts';
import { chosen, model, tunedSteps } from '../model/state.ts';
import { pickFolder } from '../pickFolder.ts';
import { save } from '../save.ts';
import { writeFiles } from './folder.ts';
import { folderName, isHalf, ownRuns, saved, saveNotice, saving, withExamples } from './state.ts';

type Sizes = { path: string; bytes: number }[];

let stopping = new AbortController();

export async function downloadZip(): Promise<void> {
  const name = folderName.value;
  await saveFiles(true, async (files, signal) => {
    save(`${name}.zip`, await zipModel(files, name, { signal }));
    return `Saved ${name}.zip.`;
  });
}

export async function saveToFolder(): Promise<void> {
  const into = await pickFolder('tabgrad', 'readwrite').catch((error) => {
    saveNotice.value = { text: messageOf(error), isError: true };
  });
  if (!into) return;
  const name = folderName.value;
  await saveFiles(false, async (files, signal, taken) => {
    const folder = await writeFiles(into, name, files, signal);
    return `Saved ${counted(taken.length, 'file')} to ${into.name}/${folder}.`;
  });
}

export function stopSaving(): void {
  stopping.abort();
}

/** Gives the model's files to `handOn`. They are read from the GPU as they are taken. */
async function saveFiles(
  isZip: boolean,
  handOn: (files: AsyncIterable<SavedFile>, signal: AbortSignal, taken: Sizes) => Promise<string>,
): Promise<void> {
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
  saving.value = { isZip, done: 0, total: 0 };
  try {
    const { script, missing } = withExamples.value ? await lastRun(ready) : {};
    const files = ready.saveStream({
      dtype: isHalf.value ? 'float16' : 'float32',
      card: card(),
      signal,
      onProgress: (event) => {
        if (event.status !== 'save' || signal.aborted) return;
        saving.value = { isZip, done: event.done, total: event.total };
      },
    });
    const sizes: Sizes = [];
    const done = await handOn(withMore(files, script, sizes), signal, sizes);
    sizes.sort((a, b) => b.bytes - a.bytes);
    saveNotice.value = { text: missing ? `${done} ${missing}` : done, isError: missing !== undefined };
    saved.value = sizes;
  } catch (error) {
    if (isGone(error)) await loseModel(ready, error);
    saveNotice.value = signal.aborted
      ? { text: 'Saving was stopped.', isError: false }
      : { text: messageOf(error), isError: true };
  } finally {
    saving.value = undefined;
  }
}

/** The files, then texts as more files. @param sizes gets path and size of each file that is taken */
async function* withMore(
  files: AsyncIterable<SavedFile>,
  texts: Record<string, string> = {},
  sizes: Sizes,
): AsyncGenerator<SavedFile, void, void> {
  for await (const file of files) {
    sizes.push({ path: file.path, bytes: file.bytes });
    yield file;
  }
  for (const [path, text] of Object.entries(texts)) {
    const content = new Blob([text]);
    sizes.push({ path, bytes: content.size });
    yield { path, bytes: content.size, stream: content.stream() };
  }
}

/** The last run as `train.py` and `data.csv`, to go on or to repeat it elsewhere, or why they cannot be written. */
async function lastRun(ready: SentenceTransformer) {
  const last = ownRuns.value.at(-1);
  if (!last) return {};
  const { parameterTree } = ready;
  const [parameters, heads] = await Promise.all([ready.parameters(), ready.heads()]);
  try {
    return {
      script: { ...trainScript(last.options, { parameters, parameterTree, heads, baseModel: baseModel() }) },
    };
  } catch (error) {
    // A head that the run trained may have been removed since.
    return { missing: `train.py is not in it: ${messageOf(error)}` };
  }
}

/** The name under which Python finds the model. */
function baseModel(): string {
  const { name, origin } = chosen.value;
  return origin === 'bundled' ? `sentence-transformers/${name}` : name;
}

/** The training as the model card tells it. It contains no text of the examples. */
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
      dataset: {
        name: last.data,
        texts: last.examples.length,
        ...(evaluation?.heldOut && { heldOut: evaluation.heldOut.examples.length }),
      },
      settings: last.settings,
      metrics: Object.fromEntries(metrics),
    }),
  };
}
