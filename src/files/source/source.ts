import { ArgumentError, ModelFormatError } from '../../errors.ts';
import type { ModelSource } from '../../types.ts';
import { parseJson } from '../json.ts';
import { diskReader } from './disk.ts';
import { filesReader } from './filesInHand.ts';
import { type Bytes, type FileReader, isMissing, type SourceOptions } from './reader.ts';
import { storageAddressOf } from './storageAddress.ts';
import { webReader } from './web.ts';

/** A model's folder. Every method throws AbortError after an abort, and DownloadError where a download fails. */
export interface ModelFolder {
  /** Reads a JSON file. @throws ModelFormatError (or DownloadError, status 404) if it is missing or no JSON */
  json(path: string): Promise<unknown>;
  /** As `json`; undefined where there is no such file. */
  optionalJson(path: string): Promise<unknown>;
  /** Reads a small file, whose bytes are not to be changed. @throws as `json` does */
  bytes(path: string): Promise<Uint8Array<ArrayBuffer>>;
  /** As `bytes`; undefined where there is no such file. */
  optionalBytes(path: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** A file of any size; large ones stay outside the JavaScript heap. @throws as `json` does */
  blob(path: string): Promise<Bytes>;
  /** As `blob`; undefined where there is no such file. */
  optionalBlob(path: string): Promise<Bytes | undefined>;
  /** Files that were read as JSON or bytes, by path. A model that is saved later gets them as they came. */
  readonly smallFiles: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /**
   * Puts what was downloaded into the browser's cache, all of it or nothing, once the model was found right. Where the
   * cache does not take it, a note says so; it does not throw.
   */
  keep(): Promise<void>;
}

/**
 * Opens a model's folder; nothing is read yet.
 * @param source a hub id, a base URL, a path (relative to the page, or on the disk in Node), or the files themselves
 * @throws ArgumentError if it is none of these
 */
export async function openSource(source: ModelSource, options: SourceOptions = {}): Promise<ModelFolder> {
  const reader = openReader(source, options);
  const blob = (path: string) =>
    reader.read(path).catch(async (error) => {
      throw await explained(error, path, reader, source);
    });
  const smallFiles = new Map<string, Uint8Array<ArrayBuffer>>();
  const bytes = async (path: string) => {
    const file = await blob(path);
    const copy = file instanceof Blob ? new Uint8Array(await file.arrayBuffer()) : file.slice();
    smallFiles.set(path, copy);
    return copy;
  };
  const json = async (path: string) => parseJson(await bytes(path), path);
  return {
    smallFiles,
    json,
    optionalJson: (path) => json(path).catch(undefinedIfMissing),
    bytes,
    optionalBytes: (path) => bytes(path).catch(undefinedIfMissing),
    blob,
    optionalBlob: (path) => reader.read(path).catch(undefinedIfMissing),
    keep: async () => reader.keep?.(),
  };
}

function openReader(source: ModelSource, options: SourceOptions): FileReader {
  if (typeof source === 'string' && source.trim() !== '') {
    return diskReader(source, options) ?? webReader(storageAddressOf(source, options), options);
  }
  if (typeof source === 'object' && source !== null) return filesReader(source, options);
  throw new ArgumentError(
    `The model's source is ${source === null ? 'null' : JSON.stringify(source)}. ` +
      "Give a hub id ('sentence-transformers/all-MiniLM-L6-v2'), a folder's URL or path ('./weights/all-MiniLM-L6-v2'), or the files themselves by their paths.",
    { argument: 'source' },
  );
}

function undefinedIfMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

/** Adds advice to a missing file's error: the weights are there in another format, or the name lacks its owner. */
async function explained(error: unknown, path: string, reader: FileReader, source: ModelSource) {
  if (!isMissing(error)) return error;
  if (path === 'config.json' && typeof source === 'string' && /^[\w.-]*[A-Za-z][\w.-]*$/.test(source)) {
    (error as Error).message +=
      ` A hub's model is named with its owner: "sentence-transformers/${source}" or "google-bert/${source}", perhaps.`;
  }
  const at = /^(.*)model\.safetensors$/.exec(path)?.[1];
  if (at === undefined) return error;
  for (const name of otherWeights) {
    if (!(await reader.has(at + name))) continue;
    const remedy = name.startsWith('pytorch_model.bin')
      ? `one line of Python converts it, SentenceTransformer(${reader.pythonSource}).save_pretrained("converted"), and the folder that it writes loads here`
      : 'this form cannot be converted by a line of Python; look for the model that it was made from, or for another revision of it';
    return new ModelFormatError(
      `${reader.label} has ${at}${name} and no ${path}. Only safetensors is read: ${remedy}.`,
      { file: path, missing: true },
    );
  }
  return error;
}

/** Files of weights that are not read. */
const otherWeights = [
  ...['pytorch_model.bin', 'pytorch_model.bin.index.json'],
  ...['model.onnx', 'onnx/model.onnx', 'tf_model.h5', 'flax_model.msgpack'],
];
