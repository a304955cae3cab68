import { type Dataset, readDataset } from '../../../../worker/client.ts';
import { messageOf } from '../../../format.ts';
import { newSet } from '../data.ts';
import { append, replaceAll } from '../editing.ts';
import { dataNotice, examples, isLocked, reading } from '../state.ts';
import { isPlainLines, isTextColumn, readLines } from './lines.ts';

export const bundledSets = [
  { name: 'Shop feedback', what: '90 texts, topic and sentiment', url: 'data/shop-feedback.csv' },
  { name: 'Library desk', what: '60 questions, intent', url: 'data/library-desk.csv' },
  { name: 'Feelings', what: '60 texts, emotion', url: 'data/feelings.csv' },
];

export function isBundled(name: string): boolean {
  return bundledSets.some((set) => set.name === name);
}

/** The most bytes that a file may have. */
const largest = 50e6;

let last = 0;

/** Reads the first bundled set, unless there are examples or a run goes on, which brings its own. */
export async function readFirst(): Promise<void> {
  if (!examples.peek() && !reading.peek() && !isLocked.peek()) await readBundled();
}

export function stopReading(): void {
  last += 1;
  reading.value = undefined;
}

export async function readBundled({ name, url } = bundledSets[0]!): Promise<void> {
  await read(name, async () => {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url} could not be fetched: the server answered ${response.status}.`);
    return readDataset(await response.text());
  });
}

export async function readFile(file: File): Promise<void> {
  await read(file.name, async () => {
    if (file.size > largest) {
      throw new Error(
        `The file has ${Math.round(file.size / 1e6)} MB; at most ${largest / 1e6} MB can be opened here.`,
      );
    }
    const text = await file.text();
    return /\.csv$/i.test(file.name) && isTextColumn(text)
      ? readTable(text)
      : readAny(text, /\.txt$/i.test(file.name));
  });
}

/** @param isMore whether the rows are added to the present ones instead of replacing them */
export async function readPasted(text: string, { isMore = false } = {}): Promise<boolean> {
  return read(isMore ? 'Pasted rows' : 'Pasted examples', () => readAny(text, false), isMore);
}

async function readAny(text: string, isFile: boolean): Promise<Dataset> {
  return isPlainLines(text, isFile) ? readLines(text) : readTable(text);
}

function readTable(text: string): Promise<Dataset> {
  return readDataset(text, { keepIncomplete: true });
}

/**
 * Reads examples. The present ones stay until that has worked, and come back with Undo. The last of several readings
 * counts.
 * @returns whether they are there
 */
async function read(name: string, load: () => Promise<Dataset>, isMore = false): Promise<boolean> {
  last += 1;
  const mine = last;
  reading.value = name;
  dataNotice.value = undefined;
  try {
    const dataset = await load();
    if (mine !== last) return false;
    if (dataset.examples.length === 0) {
      const reasons = dataset.rejected.slice(0, 3).map(({ row, reason }) => `row ${row}: ${reason}`);
      throw new Error(`No row can be used${reasons.length > 0 ? ` (${reasons.join('; ')})` : ''}.`);
    }
    const set = newSet(name, dataset);
    if (isMore && examples.peek() ? append(name, set) : replaceAll(`opening ${name}`, set)) return true;
    throw new Error(
      'A run has begun meanwhile, and learns from the rows of before. Read it again after the run.',
    );
  } catch (error) {
    if (mine !== last) return false;
    const before = examples.peek();
    const kept = before ? ` “${before.name}” is still here.` : '';
    dataNotice.value = `${name}: ${messageOf(error)}${kept}`;
    return false;
  } finally {
    if (mine === last) reading.value = undefined;
  }
}
