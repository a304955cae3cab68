import { openAsBlob, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ModelFormatError } from '../../../src/errors.ts';
import { openSafetensors } from '../../../src/files/safetensors/safetensorsFile.ts';
import { fileWith } from '../../support/safetensorsBytes.ts';

const realFile = 'public/weights/all-MiniLM-L6-v2/model.safetensors';
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const halves = (...values: number[]) => new Uint8Array(Uint16Array.from(values).buffer);

describe('the real MiniLM file', () => {
  const sources = {
    'a Blob on the disk': () => openAsBlob(realFile),
    'bytes in memory': async () => new Uint8Array(readFileSync(realFile)),
  };

  it.each(Object.entries(sources))('is read from %s', async (_, open) => {
    const file = await openSafetensors(await open());
    expect(file.metadata).toEqual({ format: 'pt' });
    expect(file.tensors.size).toBe(104);
    const ofFloats = [...file.tensors.values()].filter(({ dtype }) => dtype === 'F32');
    expect(ofFloats).toHaveLength(103);
    expect(ofFloats.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)).toBe(22_713_216);

    // Expected numbers: Python's safetensors.
    const bias = await file.read('encoder.layer.3.attention.self.query.bias');
    expect([...bias.subarray(0, 5)]).toEqual([
      0.2784110903739929, -0.5038920640945435, -0.03324704244732857, -0.29020360112190247,
      -0.3176717758178711,
    ]);
    expect(bias.reduce((a, b) => a + b, 0)).toBeCloseTo(-7.181540705365478, 12);
    const words = await file.read('embeddings.word_embeddings.weight');
    expect(file.tensors.get('embeddings.word_embeddings.weight')?.shape).toEqual([30522, 384]);
    expect([...words.subarray(-4)]).toEqual([
      0.09570801258087158, -0.017723897472023964, 0.008096314035356045, 0.004570063669234514,
    ]);

    const positions = file.read('embeddings.position_ids');
    await expect(positions).rejects.toThrow(ModelFormatError);
    await expect(positions).rejects.toThrow(/embeddings\.position_ids is I64/);
  });
});

describe('reading', () => {
  it('copies one tensor only, and aligned, wherever it lies', async () => {
    const file = fileWith([
      { name: 'odd', dtype: 'U8', shape: [3], bytes: Uint8Array.of(1, 2, 3) },
      { name: 'x', dtype: 'F32', shape: [2, 1], bytes: floats(1.5, -2) },
    ]);
    const shifted = new Uint8Array(file.length + 1).subarray(1);
    shifted.set(file);
    for (const source of [file, shifted, Buffer.from(file), new Blob([file])]) {
      const x = await (await openSafetensors(source)).read('x');
      expect([...x]).toEqual([1.5, -2]);
      expect(x.buffer.byteLength).toBe(8);
      x[0] = 99;
      expect([...(await (await openSafetensors(source)).read('x'))]).toEqual([1.5, -2]);
    }
  });

  it('converts every F16 exactly', async () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const bytes = new Uint8Array(all.buffer);
    const file = await openSafetensors(fileWith([{ name: 'x', dtype: 'F16', shape: [256, 256], bytes }]));
    const got = await file.read('x');
    const expected = [...all].map((bits) => {
      const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
      if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
      return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction);
    });
    expect(got.findIndex((value, i) => !Object.is(value, expected[i]))).toBe(-1);
  });

  it('converts every BF16 exactly', async () => {
    const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
    const bytes = new Uint8Array(all.buffer);
    const file = await openSafetensors(fileWith([{ name: 'x', dtype: 'BF16', shape: [65536], bytes }]));
    const got = await file.read('x');
    const expected = [...all].map((bits) => {
      const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 7) & 255, bits & 127];
      if (exponent === 255) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
      return sign * (exponent ? 2 ** (exponent - 127) * (1 + fraction / 128) : 2 ** -126 * (fraction / 128));
    });
    expect(got.findIndex((value, i) => !Object.is(value, expected[i]))).toBe(-1);
  });

  it('knows scalars and empty tensors', async () => {
    const file = await openSafetensors(
      fileWith([
        { name: 'none', dtype: 'F32', shape: [0, 7], bytes: new Uint8Array() },
        { name: 'one', dtype: 'F16', shape: [], bytes: halves(0x3c00) },
        { name: '__proto__', dtype: 'F32', shape: [1], bytes: floats(3) },
      ]),
    );
    expect([...(await file.read('none'))]).toEqual([]);
    expect([...(await file.read('one'))]).toEqual([1]);
  });

  it.each(['F64', 'I32', 'F8_E4M3', 'BOOL'])('refuses %s by name', async (dtype) => {
    const size = { F64: 8, I32: 4, F8_E4M3: 1, BOOL: 1 }[dtype]!;
    const file = await openSafetensors(
      fileWith([{ name: 'x', dtype, shape: [1], bytes: new Uint8Array(size) }]),
    );
    await expect(file.read('x')).rejects.toThrow(
      expect.objectContaining({ name: 'ModelFormatError', tensor: 'x', dtype }),
    );
  });

  it('refuses a tensor that is not there', async () => {
    const file = await openSafetensors(fileWith([]), 'other.safetensors');
    await expect(file.read('y')).rejects.toThrow('other.safetensors has no tensor y.');
  });

  it('says so when the file has changed on the disk or cannot be read', async () => {
    const bytes = fileWith([{ name: 'x', dtype: 'F32', shape: [1], bytes: floats(1) }]);
    const blob = new Blob([bytes]);
    blob.slice = () =>
      ({ arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotReadableError')) }) as Blob;
    await expect(openSafetensors(blob)).rejects.toThrow(/could not be read \(NotReadableError: gone\)/);
  });
});
