import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { DownloadError, ModelFormatError } from '../../../src/errors.ts';
import { openCheckpoint } from '../../../src/files/safetensors/checkpoint.ts';
import { openSource } from '../../../src/files/source/source.ts';
import type { ModelFiles } from '../../../src/types.ts';
import { fileOf, fileWith } from '../safetensorsBytes.ts';
import { byteChange, changed, same } from './bytes.ts';
import { changedFiles, type Family } from './hunt.ts';
import { changedJson, jsonChange } from './jsonTree.ts';
import { plainSafetensors } from './plainSafetensors.ts';
import { taken } from './safetensors.ts';

const index = 'model.safetensors.index.json';
const nameOf = (i: number) => `model-0000${i}-of-00003.safetensors`;

/** A checkpoint in three files of a few bytes. */
function small(): Record<string, Uint8Array> {
  const tensor = (name: string, value: number) => ({
    name,
    dtype: 'F32',
    shape: [2],
    bytes: new Uint8Array(Float32Array.of(value, -value).buffer),
  });
  const map = { a: nameOf(1), b: nameOf(1), c: nameOf(2), d: nameOf(3) };
  return {
    [index]: Buffer.from(JSON.stringify({ metadata: { total_size: 32 }, weight_map: map })),
    [nameOf(1)]: fileWith([tensor('a', 1), tensor('b', 2)], { format: 'pt' }),
    [nameOf(2)]: fileWith([tensor('c', 3)], { of: 'the second' }),
    [nameOf(3)]: fileWith([tensor('d', 4)]),
  };
}

/** The index, or a file that it names, is mutated; transformers wrote the larger of both seeds. */
export async function shards(fixtures: string): Promise<Family<ModelFiles>> {
  const names = [index, nameOf(1), nameOf(2), nameOf(3)];
  const real: Record<string, Uint8Array> = Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, new Uint8Array(await readFile(join(fixtures, 'sharded', name)))]),
    ),
  );
  const seeds = [small(), small(), real];
  const inputs = fc
    .record({
      seed: fc.nat(seeds.length - 1),
      which: fc.constantFrom(index, index, ...names),
      other: fc.constantFrom(...names),
      json: fc.oneof(fc.constant([]), fc.array(jsonChange, { minLength: 1, maxLength: 2 })),
      bytes: fc.oneof(fc.constant([]), fc.array(byteChange, { minLength: 1, maxLength: 2 })),
      gone: fc.oneof(
        { weight: 30, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.constantFrom(...names) },
      ),
    })
    .map(({ seed, which, other, json, bytes, gone }) => {
      const files = { ...seeds[seed]! };
      const file = files[which]!;
      const { header, data } =
        which === index ? { header: JSON.parse(Buffer.from(file).toString()), data: undefined } : taken(file);
      const text = Buffer.from(changedJson(header, json));
      const mutated = json.length === 0 ? file : data ? fileOf(text, data) : text;
      files[which] = changed(mutated, bytes, [files[other]!]);
      if (gone) delete files[gone];
      return files as ModelFiles;
    });
  return {
    name: 'shards',
    inputs,
    size: (files) => Object.values(files).reduce((sum, file) => sum + (file as Uint8Array).length, 0),
    async read(files) {
      const folder = await openSource(files);
      const checkpoint = await openCheckpoint(folder, '', folder.optionalBlob('model.safetensors'));
      const map = JSON.parse(new TextDecoder().decode(files[index] as Uint8Array)).weight_map;
      const expected = new Map<string, Uint8Array>();
      let metadata = {};
      for (const shard of new Set(Object.values<string>(map))) {
        const plain = plainSafetensors(files[shard] as Uint8Array);
        if (!plain) throw new Error(`${shard} is read, and is not right.`);
        metadata = { ...metadata, ...plain.metadata };
        for (const [name, { bytes }] of plain.tensors) {
          if (map[name] !== shard || expected.has(name)) throw new Error(`${name} is in another file.`);
          expected.set(name, bytes);
        }
      }
      if (JSON.stringify(checkpoint.metadata) !== JSON.stringify(metadata))
        throw new Error('Other metadata.');
      if ([...checkpoint.tensors.keys()].sort().join() !== Object.keys(map).sort().join())
        throw new Error('Other tensors.');
      for (const [name, bytes] of expected)
        if (!same(await checkpoint.bytes(name), bytes)) throw new Error(`${name} has other bytes.`);
      const places = [...checkpoint.tensors.values()].sort((a, b) => a.begin - b.begin || a.end - b.end);
      for (const [i, { begin }] of places.entries())
        if (begin < (places[i - 1]?.end ?? 0)) throw new Error('Tensors lie over each other.');
      return `${new Set(Object.values(map)).size} files`;
    },
    show: (files) => changedFiles(files as Record<string, Uint8Array>, seeds),
    refusals: [ModelFormatError, DownloadError],
    names: /model[\w.-]*\.(safetensors|index\.json)/,
  };
}
