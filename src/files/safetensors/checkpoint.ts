import { parseJson } from '../json.ts';
import type { Bytes } from '../source/reader.ts';
import type { ModelFolder } from '../source/source.ts';
import { openSafetensors, type SafetensorsFile } from './safetensorsFile.ts';
import { joinShards, readShardIndex, type Shard } from './shards.ts';

/**
 * The encoder's weights: model.safetensors or, where there is none, the files that model.safetensors.index.json
 * names. Of those each is checked before the next one is asked for.
 * @param at folder of the weights, '' or ending in a slash
 * @param whole model.safetensors, undefined where it is missing: most often asked for long before
 * @throws ModelFormatError naming the file, DownloadError, AbortError
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
  // Asked for once more for the answer that says what is there instead.
  if (!indexBytes) return openSafetensors(await folder.blob(path), path);
  const index = readShardIndex(await parseJson(indexBytes, indexPath), indexPath);
  const shards: Shard[] = [];
  for (const name of index.shards) {
    const bytes = await folder.blob(at + name);
    const length = bytes instanceof Blob ? bytes.size : bytes.length;
    shards.push({ name, file: await openSafetensors(bytes, at + name), bytes: length });
  }
  return joinShards(index, shards, indexPath);
}
