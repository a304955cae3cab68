import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toFloat16, toFloat32 } from '../../../src/files/safetensors/dtype.ts';
import { floatBytes, layOutSafetensors } from '../../../src/files/safetensors/layout.ts';
import { openSafetensors } from '../../../src/files/safetensors/safetensorsFile.ts';
import { fileWith } from '../../support/safetensorsBytes.ts';

const half = (value: number) => toFloat32(toFloat16(Float32Array.of(value)).buffer, 'F16')[0]!;
const bits = (value: number) => new Uint32Array(Float32Array.of(value).buffer)[0]!;

it('a file is read back as it was planned, wide types first, its header aligned', async () => {
  const values = {
    small: Float32Array.of(0.5, -1, 65504),
    large: Float32Array.of(9, 1, 2, 3, 4).subarray(1),
    empty: new Float32Array(),
  };
  const { header, places, bytes } = layOutSafetensors([
    { name: 'small', dtype: 'F16', shape: [3] },
    { name: 'ids', dtype: 'I64', shape: [1, 2] },
    { name: 'large', dtype: 'F32', shape: [2, 2] },
    { name: '__proto__', dtype: 'F32', shape: [] },
    { name: 'empty', dtype: 'F32', shape: [0, 5] },
  ]);
  expect([...places].map(([name, place]) => [name, place.begin, place.bytes])).toEqual([
    ['ids', 0, 16],
    ['large', 16, 16],
    ['__proto__', 32, 4],
    ['empty', 36, 0],
    ['small', 36, 6],
  ]);
  const content = [
    new Uint8Array(16).fill(3),
    floatBytes(values.large, 'F32'),
    floatBytes(Float32Array.of(7), 'F32'),
    floatBytes(values.empty, 'F32'),
    floatBytes(values.small, 'F16'),
  ];
  const whole = Buffer.concat([header, ...content]);
  expect(whole.length).toBe(header.length + bytes);
  const file = await openSafetensors(whole);
  expect(file.metadata).toEqual({ format: 'pt' });
  expect([...file.tensors.keys()]).toEqual(['ids', 'large', '__proto__', 'empty', 'small']);
  expect(await file.read('small')).toEqual(values.small);
  expect(await file.bytes('ids')).toEqual(new Uint8Array(16).fill(3));
  expect(await file.read('large')).toEqual(Float32Array.of(1, 2, 3, 4));
  expect(await file.read('__proto__')).toEqual(Float32Array.of(7));
  expect(file.tensors.get('ids')!.begin % 8).toBe(0);
});

it('a part of a tensor is read without the rest', async () => {
  const bytes = floatBytes(Float32Array.of(0, 1, 2, 3, 4), 'F16');
  const file = await openSafetensors(fileWith([{ name: 'a', dtype: 'F16', shape: [5], bytes }]));
  expect(await file.read('a', 1, 3)).toEqual(Float32Array.of(1, 2));
  expect(await file.read('a', 3, 100)).toEqual(Float32Array.of(3, 4));
  expect(await file.bytes('a', 2, 6)).toEqual(bytes.slice(2, 6));
});

it('bytes of a tensor are those of the file', async () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const file = await openSafetensors(fileWith([{ name: 'flags', dtype: 'U8', shape: [3], bytes }]));
  expect(await file.bytes('flags')).toEqual(bytes);
  await expect(file.bytes('none')).rejects.toMatchObject({ name: 'ModelFormatError' });
});

it.each([
  [0, 0],
  [-0, -0],
  [1, 1],
  // 1 + 2⁻¹¹ is half-way and goes to the even 1; 1 + 3 · 2⁻¹¹ to the even 1 + 2⁻⁹.
  [1 + 2 ** -11, 1],
  [1 + 3 * 2 ** -11, 1 + 2 ** -9],
  [1 + 2 ** -11 + 2 ** -20, 1 + 2 ** -10],
  [65504, 65504],
  [65519.996, 65504],
  [65520, Infinity],
  [-1e30, -Infinity],
  [Infinity, Infinity],
  [2 ** -14, 2 ** -14],
  [2 ** -24, 2 ** -24],
  [2 ** -25, 0],
  [2 ** -25 + 2 ** -40, 2 ** -24],
  [3 * 2 ** -25, 2 ** -23],
  [-(2 ** -26), -0],
  // The largest subnormal's upper neighbour is the smallest normal.
  [2 ** -14 - 2 ** -26, 2 ** -14],
])('%s as a half is %s', (value, expected) => {
  expect(bits(half(value))).toBe(bits(expected));
});

it('a half is the nearest, whatever the number; halves stay themselves', () => {
  for (let code = 0; code < 65536; code++) {
    const [value] = toFloat32(Uint16Array.of(code).buffer, 'F16');
    const back = toFloat16(Float32Array.of(value!))[0]!;
    if (Number.isNaN(value!)) expect(Number.isNaN(half(value!))).toBe(true);
    else if (back !== code) expect.unreachable(`${code} became ${back}`);
  }
  fc.assert(
    fc.property(fc.float({ min: -65000, max: 65000, noNaN: true }), (value) => {
      const code = toFloat16(Float32Array.of(value))[0]!;
      const near = [code - 1, code, code + 1].filter((other) => (other & 0x7fff) < 0x7c00 && other >= 0);
      const distance = (other: number) =>
        Math.abs(toFloat32(Uint16Array.of(other).buffer, 'F16')[0]! - value);
      expect(Math.min(...near.map(distance))).toBe(distance(code));
    }),
    { numRuns: 2000 },
  );
});
