import { describe, expect, it } from 'vitest';
import { AbortError, ModelFormatError } from '../../src/errors.ts';
import type { ModelFiles, ProgressEvent } from '../../src/types.ts';
import { expectClose } from '../support/numbers.ts';
import type { SomeTensor } from '../support/safetensorsBytes.ts';
import { loadTiny, tinyConfig, tinyFiles, tinyTensors } from '../support/tinyModel.ts';

const texts = ['A tiny model.', 'Another text, a little longer than the first one!', ''];

/** The vectors of three texts and the model's facts; the model is given back. */
async function embedded(files: ModelFiles) {
  const model = await loadTiny(files);
  const { data, shape, tokens } = await model.encode(texts);
  const { parameterCount } = model;
  await model.dispose();
  return { data, shape, tokens, parameterCount };
}

const parameterCount = (tensors: SomeTensor[]) =>
  tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);

const plain = await embedded(tinyFiles());

describe('a checkpoint', () => {
  it('gives unit vectors, no two alike', () => {
    expect(plain.shape).toEqual([3, 32]);
    expect(plain.tokens).toEqual([6, 13, 2]);
    const rows = texts.map((_, i) => [...plain.data.slice(32 * i, 32 * i + 32)]);
    for (const row of rows) expect(Math.abs(Math.hypot(...row) - 1)).toBeLessThan(1e-6);
    const cosine = rows[0]!.reduce((sum, value, i) => sum + value * rows[1]![i]!, 0);
    expect(Math.abs(cosine)).toBeLessThan(0.99);
  });

  it('may have a prefix, names of old, the tensors in any order, and heads and buffers beside', async () => {
    const tensors = tinyTensors()
      .map(({ name, ...rest }) => ({
        ...rest,
        name: `bert.${name
          .replace('LayerNorm.weight', 'LayerNorm.gamma')
          .replace('LayerNorm.bias', 'LayerNorm.beta')}`,
      }))
      .reverse();
    expect(tensors.some(({ name }) => name.endsWith('.gamma'))).toBe(true);
    tensors.unshift({ name: 'cls.predictions.bias', dtype: 'F32', shape: [3], bytes: new Uint8Array(12) });
    tensors.push({
      name: 'bert.embeddings.position_ids',
      dtype: 'I64',
      shape: [1, 64],
      bytes: new Uint8Array(512),
    });
    const old = await embedded(tinyFiles(tensors));
    expect(old).toEqual(plain);
  });

  it('may have no pooler; one that is there is kept', async () => {
    const all = tinyTensors();
    const encoder = all.filter(({ name }) => !name.startsWith('pooler.'));
    expect(plain.parameterCount).toBe(parameterCount(all));
    const without = await embedded(tinyFiles(encoder));
    expect(without.parameterCount).toBe(parameterCount(encoder));
    expect(without.data).toEqual(plain.data);
  });

  it.each(['F16', 'BF16'])('of %s is that of the same numbers in F32', async (dtype) => {
    const half = tinyTensors().map((tensor) => {
      const values = new Float32Array(tensor.bytes.buffer as ArrayBuffer);
      const codes = Uint16Array.from(values, dtype === 'F16' ? float16 : bfloat16);
      const rounded = Float32Array.from(codes, dtype === 'F16' ? fromFloat16 : fromBfloat16);
      return {
        small: { ...tensor, dtype, bytes: new Uint8Array(codes.buffer) },
        large: { ...tensor, bytes: new Uint8Array(rounded.buffer) },
      };
    });
    const small = await embedded(tinyFiles(half.map((one) => one.small)));
    expect(small).toEqual(await embedded(tinyFiles(half.map((one) => one.large))));
    // Rounded, but the same model.
    expect(small.data).not.toEqual(plain.data);
    expectClose(small.data, plain.data, dtype === 'F16' ? 5e-3 : 5e-2);
  });

  it('from a Blob, in a folder, is the same', async () => {
    const files = Object.entries(tinyFiles()).map(([path, bytes]) => [`my-model/${path}`, new Blob([bytes])]);
    expect(await embedded(Object.fromEntries(files))).toEqual(plain);
  });
});

describe('a checkpoint is refused', () => {
  const failing = (files: ModelFiles) =>
    loadTiny(files).then(
      () => expect.unreachable('it was loaded'),
      (error: unknown) => error,
    );

  it.each([
    'embeddings.word_embeddings.weight',
    'encoder.layer.1.attention.self.key.bias',
    'pooler.dense.bias',
  ])('without %s, by name', async (missing) => {
    const error = await failing(tinyFiles(tinyTensors().filter(({ name }) => name !== missing)));
    expect(error).toBeInstanceOf(ModelFormatError);
    expect(error).toMatchObject({ file: 'model.safetensors', parameter: missing });
    expect(error).toMatchObject({ message: expect.stringContaining(missing) });
  });

  it('with a tensor of another shape, both named', async () => {
    const name = 'encoder.layer.0.intermediate.dense.weight';
    const tensors = tinyTensors().map((tensor) =>
      tensor.name === name ? { ...tensor, shape: [32, 64] } : tensor,
    );
    const error = await failing(tinyFiles(tensors));
    expect(error).toBeInstanceOf(ModelFormatError);
    expect(error).toMatchObject({
      parameter: name,
      message: expect.stringMatching(/\[32, 64\], config\.json asks for \[64, 32\]/),
    });
  });

  it('with a parameter that is no float', async () => {
    const tensors = tinyTensors().map((tensor) =>
      tensor.name.endsWith('output.LayerNorm.bias') ? { ...tensor, dtype: 'I32' } : tensor,
    );
    const error = await failing(tinyFiles(tensors));
    expect(error).toBeInstanceOf(ModelFormatError);
    expect(error).toMatchObject({ message: expect.stringMatching(/LayerNorm\.bias is I32/) });
  });

  it('for a config of more layers, and for a tokenizer of more words than it has rows', async () => {
    const deeper = await failing(
      tinyFiles(tinyTensors(), { 'config.json': { ...tinyConfig, num_hidden_layers: 3 } }),
    );
    expect(deeper).toMatchObject({ name: 'ModelFormatError', message: expect.stringContaining('layer.2') });
    const smaller = await failing(
      tinyFiles(tinyTensors(), { 'config.json': { ...tinyConfig, vocab_size: 1000 } }),
    );
    expect(smaller).toMatchObject({
      name: 'ModelFormatError',
      file: 'tokenizer.json',
      message: expect.stringContaining('30521'),
    });
  });

  it('with heads of a size that the kernels do not take, by a named error', async () => {
    const error = await failing(
      tinyFiles(tinyTensors(), { 'config.json': { ...tinyConfig, num_attention_heads: 16 } }),
    );
    expect(error).toMatchObject({ name: expect.stringMatching(/^(ShapeError|ModelFormatError)$/) });
  });

  it('without its files, each by its name', async () => {
    for (const file of ['config.json', 'tokenizer.json', 'model.safetensors']) {
      const error = await failing(tinyFiles(tinyTensors(), { [file]: undefined }));
      expect(error).toMatchObject({ name: 'ModelFormatError', file });
    }
  });
});

describe('loading', () => {
  it('tells of files and kernels, and ready once, at the end', async () => {
    const events: ProgressEvent[] = [];
    const model = await loadTiny(tinyFiles(), { onProgress: (event) => events.push(event) });
    await model.encode(['quiet afterwards']);
    await model.dispose();
    expect(events.filter(({ status }) => status === 'ready')).toHaveLength(1);
    expect(events.at(-1)).toEqual({ status: 'ready' });
    const compiled = events.filter((event) => event.status === 'compile');
    expect(compiled.length).toBeGreaterThan(4);
    expect(compiled.at(-1)).toMatchObject({ done: compiled.at(-1)!.total });
  });

  it('stops where the caller says so, before or while it compiles', async () => {
    await expect(loadTiny(tinyFiles(), { signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
    const stop = new AbortController();
    const loading = loadTiny(tinyFiles(), {
      signal: stop.signal,
      onProgress: ({ status }) => {
        if (status === 'compile') stop.abort();
      },
    });
    await expect(loading).rejects.toThrow(AbortError);
  });
});

/** Towards zero; what is too small for a normal half becomes 0. */
function float16(value: number): number {
  const size = Math.abs(value);
  if (size < 2 ** -14) return 0;
  const exponent = Math.floor(Math.log2(size));
  return (value < 0 ? 0x8000 : 0) | ((exponent + 15) << 10) | Math.floor((size / 2 ** exponent - 1) * 1024);
}

function fromFloat16(code: number): number {
  const size = code & 0x7fff;
  if (size === 0) return 0;
  return (code & 0x8000 ? -1 : 1) * (1 + (size & 1023) / 1024) * 2 ** ((size >> 10) - 15);
}

function bfloat16(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0]! >>> 16;
}

function fromBfloat16(code: number): number {
  return new Float32Array(Uint32Array.of(code << 16).buffer)[0]!;
}
