import { unzipModel } from '../../worker/client.ts';
import { addressOf } from '../address.ts';
import { readFile } from '../fineTune/examples/sources/reading.ts';
import { isLocked } from '../fineTune/examples/state.ts';
import { messageOf } from '../format.ts';
import { busyNote } from '../model/busy.ts';
import { openOrAsk } from '../shell/asking.ts';
import { view } from '../view.ts';
import { expected, type GivenModel, list, type Use, useOf } from './kinds.ts';
import { below, missingFiles, modelRoots } from './modelFolder.ts';
import { rememberFolder } from './recentFolders.ts';
import { addSentences } from './sentences.ts';
import { looking, said } from './state.ts';
import type { Given } from './walk.ts';

/** Milliseconds after which the page says that it looks through the files. */
const patience = 300;

let last = new AbortController();

/**
 * Opens what the reader gave: a model in the place of the loaded one, examples in the table, sentences in their box.
 * The last call counts; an earlier one that has not ended is given up. Files that cannot be used change nothing.
 * @param name what the page calls the files while it looks through them
 * @returns what is wrong with the files; undefined where they are being opened
 */
export async function open(gathering: Promise<Given>, name: string): Promise<string | undefined> {
  last.abort();
  const mine = new AbortController();
  last = mine;
  said.value = undefined;
  const timer = setTimeout(() => {
    looking.value = name;
  }, patience);
  try {
    const given = await gathering;
    if (mine.signal.aborted) return undefined;
    const use = useOf(given);
    const problem = await openAs(use, mine.signal);
    const isOpened = !problem && !mine.signal.aborted && use.kind === 'model';
    if (isOpened && given.handle) void rememberFolder(given.handle);
    return problem;
  } catch (error) {
    return mine.signal.aborted ? undefined : `${name} could not be opened: ${messageOf(error)}`;
  } finally {
    clearTimeout(timer);
    if (last === mine) looking.value = undefined;
  }
}

export function stopLooking(): void {
  last.abort();
  looking.value = undefined;
}

async function openAs(use: Use, signal: AbortSignal): Promise<string | undefined> {
  switch (use.kind) {
    case 'none':
      return use.problem;
    case 'model':
      return (
        busyNote.value ?? openFiles(use.isFlat ? 'What was given' : `The folder ${use.name}`, use, signal)
      );
    case 'zip':
      return busyNote.value ?? openZip(use.file, signal);
    case 'examples':
      return openExamples(use.file);
    case 'sentences':
      // The table of examples takes texts without labels, too.
      return view.value === 'fine-tune' ? openExamples(use.file) : addSentences(use.file);
  }
}

async function openZip(zip: File, signal: AbortSignal): Promise<string | undefined> {
  const files = await unzipModel(zip, { signal });
  const roots = modelRoots(Object.keys(files));
  if (roots.length > 1) return `${zip.name} has ${roots.length} models in it: ${list(roots)}. One is needed.`;
  const [root] = roots;
  const what = `The zip ${zip.name}`;
  if (root === undefined) return `${what} has no config.json in it, so it is no model. ${expected}`;
  const name = zip.name.replace(/\.zip$/i, '');
  return openFiles(what, { name, files: below(files, root), isFlat: false }, signal);
}

/** @param what the subject of messages about the model */
async function openFiles(what: string, model: GivenModel, signal: AbortSignal): Promise<string | undefined> {
  const { name, files, isFlat } = model;
  const missing = await missingFiles(files);
  if (signal.aborted) return undefined;
  if (missing.length > 0) {
    const lack = `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`;
    const remedy = isFlat
      ? 'Give the model’s whole folder: that is simplest.'
      : 'A folder as sentence-transformers saves it works.';
    return `${what} is no whole model: ${lack}. ${remedy}`;
  }
  // Something may have begun while the files were read.
  if (busyNote.value) return busyNote.value;
  openOrAsk({ name, origin: 'files', source: files });
  if (isFlat && !Object.hasOwn(files, 'modules.json')) {
    const text =
      'There is no modules.json among the files, so embeddings are plain means of the tokens, as in Python. The model’s whole folder may say otherwise.';
    said.value = { text, isError: false };
  }
}

/** Reads a file into the table of examples, which says itself what is wrong with the file. */
function openExamples(file: File): string | undefined {
  if (isLocked.value) {
    return `A run is on, and learns from the examples that are there. Stop it, or let it finish, to open ${file.name}.`;
  }
  // Reading begins before the view is shown: otherwise the view would begin with the page's own examples.
  void readFile(file);
  location.hash = addressOf('fine-tune');
  return undefined;
}
