import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { ModelFormatError } from '../../../src/errors.ts';
import { openSafetensors } from '../../../src/files/safetensors/safetensorsFile.ts';
import { fileOf, fileWith } from '../safetensorsBytes.ts';
import { byteChange, changed, same } from './bytes.ts';
import { excerpt, type Family } from './hunt.ts';
import { changedJson, jsonChange } from './jsonTree.ts';
import { floatsOf, plainSafetensors } from './plainSafetensors.ts';

const halves = (...values: number[]) => new Uint8Array(Uint16Array.from(values).buffer);

/** Files of PyTorch's own, and a small one of many types. */
export async function safetensorsSeeds(fixtures: string): Promise<Uint8Array[]> {
  const real = ['dense/2_Dense/model.safetensors', 'sharded/2_Dense/model.safetensors'];
  return [
    ...(await Promise.all(real.map((path) => readFile(join(fixtures, path))))),
    fileWith(
      [
        {
          name: 'half',
          dtype: 'F16',
          shape: [2, 3],
          bytes: halves(1, 0x8001, 0x3c00, 0x7c00, 0xfe01, 0x0400),
        },
        { name: 'brain', dtype: 'BF16', shape: [3], bytes: halves(1, 0x3f80, 0xff80) },
        { name: 'empty', dtype: 'F32', shape: [0, 4], bytes: new Uint8Array() },
        { name: 'scalar', dtype: 'I64', shape: [], bytes: new Uint8Array(8) },
        { name: 'four', dtype: 'F4', shape: [2, 2], bytes: new Uint8Array(2) },
      ],
      { format: 'pt' },
    ),
  ];
}

/** Header and data of a valid file. */
export function taken(file: Uint8Array): { header: unknown; data: Uint8Array } {
  const end = 8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  return { header: JSON.parse(new TextDecoder().decode(file.subarray(8, end))), data: file.subarray(end) };
}

/** Inputs that are mutated files: their header as JSON, whose length is then right, or any byte, or both. */
export function mutatedSafetensors(seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  const parts = seeds.map(taken);
  const which = fc.nat(seeds.length - 1);
  const ofHeader = fc
    .tuple(which, fc.array(jsonChange, { minLength: 1, maxLength: 3 }))
    .map(([i, changes]) => {
      const { header, data } = parts[i]!;
      return fileOf(new TextEncoder().encode(changedJson(header, changes)), data);
    });
  // A header's numbers and names are where a change of one byte means most.
  const fields = seeds.map((file) => {
    const end = file.length - taken(file).data.length;
    return Array.from({ length: end }, (_, at) => at).filter(
      (at) => at < 8 || /[\d\]["]/.test(String.fromCharCode(file[at]!)),
    );
  });
  const ofBytes = fc
    .tuple(which, fc.array(byteChange, { minLength: 1, maxLength: 3 }))
    .map(([i, changes]) => changed(seeds[i]!, changes, seeds, fields[i]!));
  const ofBoth = fc
    .tuple(ofHeader, fc.array(byteChange, { minLength: 1, maxLength: 2 }))
    .map(([file, changes]) => changed(file, changes, seeds));
  return fc.oneof(
    { weight: 5, arbitrary: ofHeader },
    { weight: 5, arbitrary: ofBytes },
    { weight: 1, arbitrary: ofBoth },
  );
}

export async function safetensors(
  fixtures: string,
): Promise<Family<readonly [Uint8Array<ArrayBuffer>, boolean]>> {
  const seeds = await safetensorsSeeds(fixtures);
  return {
    name: 'safetensors',
    inputs: fc.tuple(mutatedSafetensors(seeds), fc.boolean()),
    size: ([{ length }]) => length,
    async read([bytes, asBlob]) {
      const plain = plainSafetensors(bytes);
      let file: Awaited<ReturnType<typeof openSafetensors>>;
      try {
        file = await openSafetensors(asBlob ? new Blob([bytes]) : bytes, 'some.safetensors');
      } catch (error) {
        if (plain && error instanceof ModelFormatError)
          throw new Error(`A right file is refused: ${error.message}`);
        throw error;
      }
      if (!plain) throw new Error('A file is read that is not right.');
      if (JSON.stringify(file.metadata) !== JSON.stringify(plain.metadata))
        throw new Error('Other metadata.');
      if ([...file.tensors.keys()].sort().join() !== [...plain.tensors.keys()].sort().join())
        throw new Error('Other tensors.');
      for (const [name, { dtype, shape, bytes }] of plain.tensors) {
        const entry = file.tensors.get(name)!;
        if (entry.dtype !== dtype || entry.shape.join() !== shape.join())
          throw new Error(`${name} is another.`);
        if (!same(await file.bytes(name), bytes)) throw new Error(`${name} has other bytes.`);
        const floats = floatsOf(dtype, bytes);
        if (floats) {
          const read = await file.read(name);
          if (read.length !== floats.length || !floats.every((value, i) => Object.is(value, read[i])))
            throw new Error(`${name} has other values.`);
        } else await expectRefused(file.read(name));
      }
      return `${file.tensors.size} tensors`;
    },
    show: ([bytes]) => excerpt(bytes),
    refusals: [ModelFormatError],
    names: /^some\.safetensors/,
  };
}

async function expectRefused(reading: Promise<unknown>): Promise<void> {
  const error = await reading.then(() => undefined).catch((thrown: unknown) => thrown);
  if (!(error instanceof ModelFormatError)) throw new Error('What has no floats is read as floats.');
}
