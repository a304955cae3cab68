import { asObject } from '../files/json.ts';
import { openSafetensors } from '../files/safetensors/safetensorsFile.ts';
import type { ModelFolder } from '../files/source/source.ts';
import { fault } from '../values/fault.ts';
import { quote } from '../values/quote.ts';

/** Path of a saved model's list of heads, `[{ name, folder }]`: a folder on the web cannot be listed. */
export const headsIndex = 'heads/index.json';

/** The config.json in a head's folder. */
export interface HeadConfig {
  name: string;
  labels: readonly string[];
  pooling: 'cls' | 'mean';
}

/** A head in a model's folder. C is its number of labels, H the hidden size. */
export interface SavedHead extends HeadConfig {
  /** [C, H] */
  weight: Float32Array<ArrayBuffer>;
  /** [C] */
  bias: Float32Array<ArrayBuffer>;
}

/** Names that Windows reserves for devices. */
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)$/i;
const safeFolder = /^[A-Za-z0-9_-]{1,64}$/;

/** A folder for each head: its name without what some system refuses. They differ even where capitals do not count. */
export function headFolders(names: readonly string[]): Map<string, string> {
  const taken = new Set<string>();
  return new Map(
    names.map((name) => {
      const plain = name
        .replace(/[^A-Za-z0-9_-]+/g, '-')
        .slice(0, 48)
        .replace(/^-+|-+$/g, '');
      const base = plain === '' ? 'head' : reserved.test(plain) ? `head-${plain}` : plain;
      let folder = base;
      for (let i = 2; taken.has(folder.toLowerCase()); i++) folder = `${base}-${i}`;
      taken.add(folder.toLowerCase());
      return [name, folder];
    }),
  );
}

/** Reads a saved model's heads. @throws ModelFormatError where the list, a config or a checkpoint is damaged */
export async function readHeads(folder: ModelFolder, hiddenSize: number): Promise<SavedHead[]> {
  const index = await folder.optionalJson(headsIndex);
  if (index === undefined) return [];
  if (!Array.isArray(index)) throw fault(headsIndex, `it holds ${quote(index)}, not a list`);
  const listed = index.map((entry: unknown) => {
    const { name, folder: at } = asObject(entry, headsIndex);
    if (typeof name !== 'string' || typeof at !== 'string' || !safeFolder.test(at)) {
      throw fault(headsIndex, `${quote(entry)} is not a name and a folder`);
    }
    return { name, at };
  });
  // Otherwise a short list could make one large file be read many times.
  for (const key of ['name', 'at'] as const) {
    if (new Set(listed.map((entry) => entry[key])).size < listed.length)
      throw fault(headsIndex, `a ${key === 'name' ? 'name' : 'folder'} is there twice`);
  }
  return Promise.all(listed.map(({ name, at }) => readHead(folder, `heads/${at}/`, name, hiddenSize)));
}

async function readHead(
  folder: ModelFolder,
  at: string,
  name: string,
  hiddenSize: number,
): Promise<SavedHead> {
  const file = `${at}config.json`;
  const config = asObject(await folder.json(file), file);
  const { labels, pooling } = config;
  if (config.name !== name)
    throw fault(file, `its name is ${quote(config.name)}, in ${headsIndex} ${quote(name)}`);
  if (!Array.isArray(labels) || !labels.every((label) => typeof label === 'string')) {
    throw fault(file, `labels is ${quote(labels)}, not a list of names`);
  }
  if (pooling !== 'cls' && pooling !== 'mean') {
    throw fault(file, `pooling is ${quote(pooling)}. "cls" and "mean" work`);
  }
  const path = `${at}model.safetensors`;
  const checkpoint = await openSafetensors(await folder.blob(path), path);
  const read = (part: 'weight' | 'bias', shape: number[]) => {
    const given = checkpoint.tensors.get(part)?.shape;
    if (given?.join() === shape.join()) return checkpoint.read(part);
    throw fault(path, `${part} is [${given?.join(', ') ?? 'missing'}], expected [${shape.join(', ')}]`);
  };
  const weight = await read('weight', [labels.length, hiddenSize]);
  return { name, labels, pooling, weight, bias: await read('bias', [labels.length]) };
}
