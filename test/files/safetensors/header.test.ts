import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ModelFormatError } from '../../../src/errors.ts';
import { openSafetensors } from '../../../src/files/safetensors/safetensorsFile.ts';
import { fileOf, fileWith } from '../../support/safetensorsBytes.ts';

const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const entry = (dtype: string, shape: unknown, begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe('a header', () => {
  const text = (json: string) => new TextEncoder().encode(json);
  it.each([
    ['an empty file', new Uint8Array(), /it has 0 bytes/],
    ['seven bytes', new Uint8Array(7), /it has 7 bytes/],
    ['no header', new Uint8Array(8), /not JSON/],
    [
      'a length beyond the file',
      Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 123),
      /beyond the end of the file \(9 bytes\)/,
    ],
    ['a length of 2⁶⁴ − 1', new Uint8Array(8).fill(255), /18446744073709551615 bytes, more than/],
    ['an HTML page', text('<!doctype html><title>Not found</title>'), /it is a web page/],
    ['no JSON', fileOf(text('{"a":')), /not JSON/],
    ['no UTF-8', fileOf(Uint8Array.of(0x7b, 0xff, 0x7d)), /not JSON in UTF-8/],
    ['a byte order mark', fileOf(text('\ufeff{}')), /not JSON/],
    ['a list', fileOf([]), /not a JSON object/],
    ['null', fileOf(null), /not a JSON object/],
    ['deep nesting', fileOf(text(`${'['.repeat(200_000)}`)), /not JSON/],
    ['metadata that is no object', fileOf({ __metadata__: [] }), /__metadata__ is not an object/],
    ['metadata that is no text', fileOf({ __metadata__: { a: 1 } }), /__metadata__\["a"\] is not a text/],
    ['a tensor that is no object', fileOf({ a: 3 }), /tensor "a" is not described by an object/],
    ['an unknown type', fileOf({ a: entry('F99', [1], 0, 4) }, 4), /tensor "a" has the unknown type "F99"/],
    ['a type from Object.prototype', fileOf({ a: entry('constructor', [1], 0, 4) }, 4), /unknown type/],
    [
      'no shape',
      fileOf({ a: { dtype: 'F32', data_offsets: [0, 4] } }, 4),
      /tensor "a" has the shape undefined/,
    ],
    ['a negative size', fileOf({ a: entry('F32', [-1, -1], 0, 4) }, 4), /tensor "a" has the shape \[-1,-1\]/],
    ['a broken size', fileOf({ a: entry('F32', [0.5, 2], 0, 4) }, 4), /has the shape/],
    ['a size beyond 2⁵³', fileOf({ a: entry('F32', [2 ** 53], 0, 4) }, 4), /has the shape/],
    ['a product beyond 2⁵³', fileOf({ a: entry('F32', [2 ** 30, 2 ** 30, 0], 0, 0) }), /is too large/],
    ['half a byte', fileOf({ a: entry('F4', [1], 0, 1) }, 1), /not a whole number of bytes/],
    [
      'three offsets',
      fileOf({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4, 4] } }, 4),
      /not two positions/,
    ],
    [
      'offsets that are texts',
      fileOf({ a: { dtype: 'F32', shape: [1], data_offsets: ['0', '4'] } }, 4),
      /not two/,
    ],
    [
      'offsets backwards',
      fileOf({ a: entry('F32', [1], 4, 0) }, 4),
      /takes 4 bytes, and its offsets span -4/,
    ],
    [
      'a shape that does not fit',
      fileOf({ a: entry('F32', [2], 0, 4) }, 4),
      /takes 8 bytes, and its offsets span 4/,
    ],
    ['a tensor beyond the file', fileOf({ a: entry('F32', [2], 0, 8) }, 4), /may not be downloaded whole/],
    [
      'two tensors that overlap',
      fileOf({ a: entry('F32', [2], 0, 8), b: entry('F32', [2], 4, 12) }, 12),
      /tensor "b" overlaps/,
    ],
    [
      'a hole',
      fileOf({ a: entry('F32', [1], 0, 4), b: entry('F32', [1], 8, 12) }, 12),
      /before tensor "b", belong to no/,
    ],
    ['a hole at the start', fileOf({ a: entry('F32', [1], 4, 8) }, 8), /belong to no tensor/],
    [
      'bytes after the last tensor',
      fileOf({ a: entry('F32', [1], 0, 4) }, 5),
      /tensors end at byte \d+, and the file/,
    ],
  ])('is refused: %s', async (_name, bytes, message) => {
    for (const source of [bytes, new Blob([bytes])]) {
      const opened = openSafetensors(source, 'some.safetensors');
      await expect(opened).rejects.toThrow(ModelFormatError);
      await expect(opened).rejects.toThrow(message);
      await expect(opened).rejects.toThrow(expect.objectContaining({ file: 'some.safetensors' }));
    }
  });

  it('may end in blanks, and list tensors in any order', async () => {
    const header = `${JSON.stringify({ b: entry('F32', [1], 4, 8), a: entry('F32', [1], 0, 4) })}   `;
    const file = await openSafetensors(fileOf(text(header), floats(1, 2)));
    expect([...(await file.read('a')), ...(await file.read('b'))]).toEqual([1, 2]);
  });

  const tensors = fc.uniqueArray(
    fc.record({
      name: fc.string({ unit: 'grapheme', maxLength: 12 }).filter((name) => name !== '__metadata__'),
      values: fc.array(fc.float({ noNaN: false }), { maxLength: 9 }),
      columns: fc.constantFrom(0, 1, 3),
    }),
    { selector: ({ name }) => name, maxLength: 8 },
  );

  it('of any tensors comes back, with their values', async () => {
    await fc.assert(
      fc.asyncProperty(tensors, fc.dictionary(fc.string(), fc.string()), async (list, metadata) => {
        const written = list.map(({ name, values, columns }) => ({
          name,
          dtype: 'F32',
          shape:
            columns && values.length % columns === 0 ? [values.length / columns, columns] : [values.length],
          bytes: floats(...values),
        }));
        const file = await openSafetensors(fileWith(written, metadata));
        expect(Object.entries(file.metadata)).toEqual(Object.entries(metadata));
        expect([...file.tensors.keys()].sort()).toEqual(list.map(({ name }) => name).sort());
        for (const { name, shape, bytes } of written) {
          expect(file.tensors.get(name)?.shape).toEqual(shape);
          expect(new Uint8Array((await file.read(name)).buffer)).toEqual(bytes);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('of any JSON values is read or refused, and nothing else', async () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom('F32', 'BF16', [], [1], [0, 4], [2, 2]));
    const tensor = fc.record({ dtype: value, shape: value, data_offsets: value }, { requiredKeys: [] });
    const header = fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.oneof(value, tensor)));
    await fc.assert(
      fc.asyncProperty(header, fc.nat(16), async (json, size) => {
        const opened = openSafetensors(fileOf(json, size));
        const outcome = await opened.then(() => null).catch((error: unknown) => error);
        if (outcome !== null) expect(outcome).toBeInstanceOf(ModelFormatError);
      }),
      { numRuns: 2000 },
    );
  });
});
