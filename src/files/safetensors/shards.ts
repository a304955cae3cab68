import { ModelFormatError } from '../../errors.ts';
import { quote } from '../../values/quote.ts';
import { asObject } from '../json.ts';
import type { SafetensorsFile, TensorEntry } from './safetensorsFile.ts';

/** What model.safetensors.index.json says. */
export interface ShardIndex {
  /** Names of the files next to the index, each once, in the order they are named in. */
  shards: string[];
  /** Tensor → file. */
  fileOf: Map<string, string>;
}

/** A file and its length in bytes. */
export interface Shard {
  name: string;
  file: SafetensorsFile;
  bytes: number;
}

/** Plain names only: an index leads to no other folder. */
const shardName = /^[\w-][\w.-]{0,200}\.safetensors$/;

/**
 * @param value content of the index: `{ weight_map: { tensor: file } }`
 * @throws ModelFormatError naming the tensor and what is wrong
 */
export function readShardIndex(value: unknown, path: string): ShardIndex {
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
  return { shards: [...new Set(fileOf.values())], fileOf };
}

/**
 * Files of one checkpoint as if they were one: a tensor's `begin` and `end` are where it would lie with the files one
 * behind the other. Tensors are read from their own file, one at a time.
 * @param path of the index, for messages
 * @throws ModelFormatError if a tensor is in two files, in none, in another than the index says, or not in the index
 */
export function joinShards({ fileOf }: ShardIndex, shards: readonly Shard[], path: string): SafetensorsFile {
  const tensors = new Map<string, TensorEntry>();
  const owners = new Map<string, Shard>();
  const fail = (tensor: string, what: string) =>
    new ModelFormatError(`${path}: tensor ${quote(tensor)} ${what}.`, { file: path, tensor });
  let offset = 0;
  for (const shard of shards) {
    for (const [tensor, entry] of shard.file.tensors) {
      const other = owners.get(tensor);
      if (other) throw fail(tensor, `is in two files, ${other.name} and ${shard.name}`);
      const said = fileOf.get(tensor);
      if (said === undefined) throw fail(tensor, `is in ${shard.name}, but not in weight_map`);
      if (said !== shard.name)
        throw fail(tensor, `is in ${shard.name}, and weight_map says that it is in ${said}`);
      owners.set(tensor, shard);
      tensors.set(tensor, { ...entry, begin: offset + entry.begin, end: offset + entry.end });
    }
    offset += shard.bytes;
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
