import { batch } from '@preact/signals';
import { CheckpointError } from '../../errors.ts';
import { openCheckpoint, readCheckpoint, type StoredCheckpoint } from '../../worker/client.ts';
import { readFirst } from '../fineTune/examples/sources/reading.ts';
import { type Opened, resumeRun } from '../fineTune/run/running.ts';
import { lastCheckpoint, run } from '../fineTune/run/state.ts';
import { counted, messageOf } from '../format.ts';
import { busyWith } from '../model/busy.ts';
import { isTrainingOff } from '../model/selfTest.ts';
import { tunedSteps } from '../model/state.ts';
import { save } from '../save.ts';
import { show } from '../view.ts';
import { isOfPage, type PageContent } from './about.ts';
import { bringModel } from './bringModel.ts';
import { checkpointNotice, question, refresh, returning, setFault } from './state.ts';

export function continueRun(stored: StoredCheckpoint): Promise<void> {
  return resume(stored.id, async () => {
    const notes: string[] = [];
    const file = await openCheckpoint(stored.id, { onNote: (note) => notes.push(note) });
    return { file, stored, note: notes.at(-1) };
  });
}

export function continueFile(file: File): Promise<void> {
  return resume(undefined, async () => ({ file }));
}

export async function downloadCheckpoint({ id, name, step }: StoredCheckpoint): Promise<void> {
  try {
    const file = await openCheckpoint(id);
    const title = name.replace(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 80);
    save(`${title}-step-${step}.safetensors`, file);
  } catch (error) {
    fail(error, id);
  }
}

async function resume(id: string | undefined, open: () => Promise<Opened>): Promise<void> {
  if (returning.value || run.value) return;
  checkpointNotice.value = undefined;
  question.value = undefined;
  await attempt(id, async () => {
    expectFree();
    const opened = await open();
    const content = await readCheckpoint(opened.file);
    if (!isOfPage(content)) {
      throw new Error('This checkpoint was not made by this page, which cannot show its run.');
    }
    const lost = tunedSteps.value;
    if (lost === 0 || isStillHere(opened.stored, content)) return bringBack(id, opened, content);
    // What the model has learned would be lost, so the reader is asked first.
    question.value = {
      id,
      text: `What the model in this tab has learned in ${counted(lost, 'step')} would be lost.`,
      goOn: () => {
        question.value = undefined;
        void attempt(id, () => bringBack(id, opened, content));
      },
    };
  });
}

/** Whether the model still has what the run taught it, and no step more than the checkpoint. */
function isStillHere(stored: StoredCheckpoint | undefined, { about, step }: PageContent): boolean {
  const isSame = stored !== undefined && lastCheckpoint.value?.id === stored.id;
  return isSame && about.before + step === tunedSteps.value;
}

async function bringBack(id: string | undefined, opened: Opened, content: PageContent): Promise<void> {
  const { name } = content.about.model;
  const ready = await bringModel(content.about.model);
  if (!ready) throw new Error(`${name} did not come. With it the run can go on.`);
  expectFree();
  const going = batch(() => {
    // This comes before the view, which would bring examples of its own.
    const promise = resumeRun(ready, opened, content);
    show('fine-tune');
    return promise;
  });
  if (returning.value?.id === id) returning.value = undefined;
  await going;
  void readFirst();
}

/** @throws Error while the model is needed for something else */
function expectFree(): void {
  if (isTrainingOff.value) {
    throw new Error(
      'Training is off, because the self-test found fault with this adapter: Fine-tune says what, and lets you insist.',
    );
  }
  if (busyWith.value) throw new Error(`${busyWith.value}: let that end first.`);
}

async function attempt(id: string | undefined, work: () => Promise<void>): Promise<void> {
  returning.value = { id };
  try {
    await work();
  } catch (error) {
    fail(error, id);
  } finally {
    returning.value = undefined;
  }
}

function fail(error: unknown, id: string | undefined): void {
  checkpointNotice.value = { id, text: messageOf(error), isError: true };
  if (id === undefined || !(error instanceof CheckpointError)) return;
  if (error.reason === 'missing') void refresh();
  else setFault(id, error.message);
}
