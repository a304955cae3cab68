import { ModelFormatError } from '../../errors.ts';
import { quote } from '../../values/quote.ts';
import { asObject, parseJson } from '../json.ts';
import type { Bytes } from '../source/reader.ts';
import type { ModelFolder } from '../source/source.ts';
import { openSafetensors, type SafetensorsFile, type TensorEntry } from './safetensorsFile.ts';

/** One of several files of weights. */
interface Shard {
  name: string;
  file: SafetensorsFile;
}

/**
 * Opens the encoder's weights: model.safetensors or, where there is none, the files that model.safetensors.index.json
 * names. Each of those is checked before the next one is asked for.
 * @param whole model.safetensors, which the caller may have asked for before; undefined where it is missing
 */
export async function openCheckpoint(
  folder: ModelFolder,
  at: string,
  whole: Promise<Bytes | undefined>,
): Promise<SafetensorsFile> {
  const path = `${at}model.safetensors`;
  const one = await whole;
  if (one) return openSafetensors(one, path);
  const indexPath = `${path}.index.json`;
  const indexBytes = await folder.optionalBlob(indexPath);
  // This fails with an error that says which other weights are there.
  if (!indexBytes) return openSafetensors(await folder.blob(path), path);
  const fileOf = readShardIndex(await parseJson(indexBytes, indexPath), indexPath);
  const shards: Shard[] = [];
  for (const name of new Set(fileOf.values())) {
    shards.push({ name, file: await openSafetensors(await folder.blob(at + name), at + name) });
  }
  return joinShards(fileOf, shards, indexPath);
}

/** Plain names only: an index leads to no other folder. */
const shardName = /^[\w-][\w.-]{0,200}\.safetensors$/;

/** Reads the index, `{ weight_map: { tensor: file } }`, as tensor → file. */
function readShardIndex(value: unknown, path: string): Map<string, string> {
  const map = asObject(asObject(value, path).weight_map, `${path}: weight_map`);
  const fileOf = new Map<string, string>();
  for (const [tensor, name] of Object.entries(map)) {
    if (typeof name !== 'string' || !shardName.test(name)) {
      throw new ModelFormatError(
        `${path}: weight_map says that tensor ${quote(tensor)} is in ${quote(name)}, which is no name of a safetensors file next to it.`,
        { file: path, tensor },
      );
    }
    fileOf.set(tensor, name);
  }
  if (fileOf.size === 0) throw new ModelFormatError(`${path}: weight_map is empty.`, { file: path });
  return fileOf;
}

/**
 * Joins the files of one checkpoint: a tensor's `begin` and `end` are those that it would have in one long file.
 * @throws ModelFormatError if a tensor is in two files, in none, in another than the index says, or not in the index
 */
function joinShards(
  fileOf: ReadonlyMap<string, string>,
  shards: readonly Shard[],
  path: string,
): SafetensorsFile {
  const tensors = new Map<string, TensorEntry>();
  const owners = new Map<string, Shard>();
  const fail = (tensor: string, what: string) =>
    new ModelFormatError(`${path}: tensor ${quote(tensor)} ${what}.`, { file: path, tensor });
  let end = 0;
  for (const shard of shards) {
    const offset = end;
    for (const [tensor, entry] of shard.file.tensors) {
      const other = owners.get(tensor);
      if (other) throw fail(tensor, `is in two files, ${other.name} and ${shard.name}`);
      const said = fileOf.get(tensor);
      if (said === undefined) throw fail(tensor, `is in ${shard.name}, but not in weight_map`);
      if (said !== shard.name)
        throw fail(tensor, `is in ${shard.name}, and weight_map says that it is in ${said}`);
      owners.set(tensor, shard);
      tensors.set(tensor, { ...entry, begin: offset + entry.begin, end: offset + entry.end });
      end = Math.max(end, offset + entry.end);
    }
  }
  for (const [tensor, name] of fileOf) {
    if (!owners.has(tensor))
      throw fail(tensor, `is not in ${name}, where weight_map says that it is: are the files of one model?`);
  }
  const ownerOf = (tensor: string): SafetensorsFile => {
    const owner = owners.get(tensor);
    if (owner) return owner.file;
    throw new ModelFormatError(`The files of ${path} have no tensor ${tensor}.`, { file: path, tensor });
  };
  return {
    // From entries, so that a key '__proto__' is one as any other.
    metadata: Object.fromEntries(shards.flatMap(({ file }) => Object.entries(file.metadata))),
    tensors,
    // Asynchronous, so that a name that is not there is a rejection as with one file.
    read: async (tensor, from, to) => ownerOf(tensor).read(tensor, from, to),
    bytes: async (tensor, from, to) => ownerOf(tensor).bytes(tensor, from, to),
  };
}
