import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { AbortError, ArgumentError, ModelFormatError } from '../../../src/errors.ts';
import { openSafetensors } from '../../../src/files/safetensors/safetensorsFile.ts';
import { openSource } from '../../../src/files/source/source.ts';
import type { ModelSource } from '../../../src/types.ts';

const folder = 'public/weights/all-MiniLM-L6-v2';

async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.fail('it should have been refused'),
    (error: unknown) => error,
  );
}

describe('a path on the disk', () => {
  it.each([folder, `${folder}/`, pathToFileURL(folder).href])('is read: %s', async (path) => {
    const source = await openSource(path);
    expect(await source.json('config.json')).toMatchObject({ hidden_size: 384 });
    expect(await source.json('1_Pooling/config.json')).toHaveProperty('pooling_mode_mean_tokens', true);
    expect(await source.optionalJson('no.json')).toBeUndefined();
    expect((await openSafetensors(await source.blob('model.safetensors'))).tensors.size).toBe(104);
  });

  it('says what is missing, and where', async () => {
    const error = await thrownBy((await openSource('/no/such/folder')).json('config.json'));
    expect(error).toBeInstanceOf(ModelFormatError);
    expect(error).toHaveProperty('file', 'config.json');
    expect(String(error)).toContain('There is no config.json in the folder /no/such/folder.');
  });

  it('says so when there are only weights in PyTorch’s own format', async () => {
    const here = mkdtempSync(join(tmpdir(), 'tabgrad-'));
    try {
      writeFileSync(join(here, 'pytorch_model.bin'), 'x');
      const error = await thrownBy((await openSource(here)).blob('model.safetensors'));
      expect(String(error)).toMatch(/has pytorch_model.bin and no model.safetensors/);
    } finally {
      rmSync(here, { recursive: true });
    }
  });
});

describe('files in memory', () => {
  const json = (value: unknown) => new Blob([JSON.stringify(value)]);
  const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

  it.each([
    ['bare', ''],
    ['in a folder, as dropped', 'all-MiniLM-L6-v2/'],
    ['deeper', 'a/b/c/'],
  ])('are found: %s', async (_, prefix) => {
    const source = await openSource({
      [`${prefix}1_Pooling/config.json`]: json({ pooling: true }),
      [`${prefix}config.json`]: bytes({ model: true }),
      [`${prefix}tokenizer.json`]: json({}),
      [`${prefix}model.safetensors`]: Uint8Array.of(1, 2, 3),
    });
    expect(await source.json('config.json')).toEqual({ model: true });
    expect(await source.json('1_Pooling/config.json')).toEqual({ pooling: true });
    expect(await source.optionalJson('modules.json')).toBeUndefined();
    expect(await source.blob('model.safetensors')).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('are found below modules.json, wherever the encoder lies', async () => {
    const source = await openSource({
      'm/0_Transformer/config.json': json({ encoder: true }),
      'm/0_Transformer/tokenizer.json': json({}),
      'm/modules.json': json([]),
    });
    expect(await source.json('0_Transformer/config.json')).toEqual({ encoder: true });
  });

  it('are not mixed up with another config.json at the same depth', async () => {
    const source = await openSource({
      'm/other/config.json': json({ other: true }),
      'm/bert/config.json': json({ bert: true }),
      'm/bert/model.safetensors': Uint8Array.of(1),
    });
    expect(await source.json('config.json')).toEqual({ bert: true });
  });

  it('may have a byte order mark', async () => {
    const source = await openSource({ 'config.json': new Blob(['\ufeff{"a":1}']) });
    expect(await source.json('config.json')).toEqual({ a: 1 });
  });

  it('are named in the message when one is missing', async () => {
    const source = await openSource({ 'm/config.json': json({}), 'm/pytorch_model.bin': json({}) });
    const error = await thrownBy(source.json('tokenizer.json'));
    expect(error).toBeInstanceOf(ModelFormatError);
    expect(error).toHaveProperty('file', 'tokenizer.json');
    expect(String(error)).toContain('the 2 files given (m/config.json, m/pytorch_model.bin)');
    expect(String(await thrownBy(source.blob('model.safetensors')))).toMatch(/has pytorch_model.bin and no/);
    expect(String(await thrownBy((await openSource({})).json('config.json')))).toContain(
      'the 0 files given (none)',
    );
  });

  it('stop after an abort', async () => {
    const source = await openSource({ 'config.json': json({}) }, { signal: AbortSignal.abort() });
    expect(await thrownBy(source.json('config.json'))).toBeInstanceOf(AbortError);
  });

  it.each([null, undefined, '', '  ', 7, { 'config.json': 'text' }, { 'config.json': null }])(
    'and not %j',
    async (source) => {
      expect(await thrownBy(openSource(source as unknown as ModelSource))).toBeInstanceOf(ArgumentError);
    },
  );
});
