import { readDataset } from '../../../worker/client.ts';
import { messageOf } from '../../format.ts';
import { chosenTasks, dataNotice, reading, source } from './state.ts';

/** The examples that come with the page. */
export const bundled = { name: 'Shop feedback', url: 'data/shop-feedback.csv' };

/** Bytes: a larger file is hardly meant for a tab. */
const largest = 50e6;

let last = 0;

/** Where nothing is chosen yet: the page's own examples. */
export async function readBundled(): Promise<void> {
  await read(bundled.name, async () => {
    const response = await fetch(bundled.url);
    if (!response.ok)
      throw new Error(`${bundled.url} could not be fetched: the server answered ${response.status}.`);
    return response.text();
  });
}

export async function readFile(file: File): Promise<void> {
  await read(file.name, async () => {
    if (file.size > largest) {
      throw new Error(
        `The file has ${Math.round(file.size / 1e6)} MB; at most ${largest / 1e6} MB can be opened here.`,
      );
    }
    return file.text();
  });
}

export async function readPasted(text: string): Promise<void> {
  await read('Pasted examples', async () => text);
}

/** Reads examples; those there before stay until that has worked. Of several readings the last counts. */
async function read(name: string, load: () => Promise<string>): Promise<void> {
  last += 1;
  const mine = last;
  reading.value = name;
  dataNotice.value = undefined;
  try {
    const dataset = await readDataset(await load());
    if (mine !== last) return;
    if (dataset.examples.length === 0) {
      const reasons = dataset.rejected.slice(0, 3).map(({ row, reason }) => `row ${row}: ${reason}`);
      throw new Error(`No row can be used${reasons.length > 0 ? ` (${reasons.join('; ')})` : ''}.`);
    }
    source.value = { name, dataset };
    chosenTasks.value = {};
  } catch (error) {
    if (mine !== last) return;
    const kept = source.value ? ` “${source.value.name}” is still here.` : '';
    dataNotice.value = { text: `${name}: ${messageOf(error)}${kept}`, isError: true };
  } finally {
    if (mine === last) reading.value = undefined;
  }
}
