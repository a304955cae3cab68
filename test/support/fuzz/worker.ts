import './askedFor.ts';

import { parentPort, workerData } from 'node:worker_threads';
import { checkpoint } from './checkpoint.ts';
import { dataset } from './dataset.ts';
import { folder } from './folder.ts';
import { type Family, hunt, type Report } from './hunt.ts';
import { safetensors } from './safetensors.ts';
import { shards } from './shards.ts';
import { tokenizer } from './tokenizer.ts';
import { zip } from './zip.ts';

/** What the thread is started with. */
export interface Order {
  family: keyof typeof families;
  seed: number;
  runs: number;
  path?: string;
  /** Where the files of models are. */
  fixtures: string;
  /** One number: inputs so far. */
  progress: Int32Array<SharedArrayBuffer>;
}

export type Answer = { report: Report } | { failure: string };

const families = { safetensors, shards, zip, dataset, folder, tokenizer, checkpoint };

async function answer({ family, fixtures, progress, ...how }: Order): Promise<Answer> {
  const run = async <Input>(make: (fixtures: string) => Promise<Family<Input>>) =>
    hunt(await make(fixtures), how, () => Atomics.add(progress, 0, 1));
  try {
    return { report: await run<never>(families[family] as (fixtures: string) => Promise<Family<never>>) };
  } catch (error) {
    return { failure: String(error instanceof Error ? error.message : error).slice(0, 6000) };
  }
}

parentPort!.postMessage(await answer(workerData as Order));
