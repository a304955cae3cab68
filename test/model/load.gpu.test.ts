import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { cachedModels } from '../../src/files/source/cachedModels.ts';
import { readFolder } from '../../src/model/folder.ts';
import type { ModelFiles } from '../../src/types.ts';
import { startHub } from '../support/hubServer.ts';
import { MemoryCaches } from '../support/memoryCache.ts';
import { miniLmFolder } from '../support/miniLm.ts';
import type { SomeTensor } from '../support/safetensorsBytes.ts';
import { tinyConfig, tinyFiles, tinyTensors } from '../support/tinyModel.ts';

/** A folder over HTTP whose weights never come to an end. */
async function endlessFolder(config: object) {
  const files = tinyFiles(undefined, { 'config.json': config });
  let hungUp: () => void = () => {};
  const weightsEnded = new Promise<void>((resolve) => {
    hungUp = resolve;
  });
  const server = createServer((request, response) => {
    const path = request.url!.slice(1);
    if (path === 'model.safetensors') {
      response.on('close', hungUp);
      response.writeHead(200, { 'content-length': '1000000000' });
      response.write(new Uint8Array(1000));
    } else if (path in files) response.end(files[path]);
    else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    weightsEnded,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

describe('a model that is not BERT', () => {
  const only = (config: object, more: Record<string, Uint8Array<ArrayBuffer>> = {}) => ({
    'config.json': new TextEncoder().encode(JSON.stringify(config)),
    ...more,
  });

  // Of the smallest folders that such models come in: there is no tokenizer.json and no model.safetensors.
  it.each([
    't5',
    'xlm-roberta',
    'roberta',
    'mpnet',
    'distilbert',
    'modernbert',
    'nomic_bert',
    'new',
    'albert',
  ])('is refused as what it is, %s, whatever else is missing', async (type) => {
    const files = only(
      { model_type: type },
      { 'spiece.model': Uint8Array.of(1), 'pytorch_model.bin': Uint8Array.of(1) },
    );
    await expect(readFolder(files, {})).rejects.toMatchObject({
      name: 'ModelFormatError',
      file: 'config.json',
      message: expect.stringMatching(`model_type is "${type}"\\. Only "bert" works`),
    });
  });

  it.each([
    [
      { position_embedding_type: 'relative_key' },
      /position_embedding_type is "relative_key"\. Only "absolute"/,
    ],
    [{ is_decoder: true }, /is_decoder is true\. Only false works/],
    [{ hidden_act: 'gelu_new' }, /hidden_act is "gelu_new"\. Only "gelu" works/],
  ])('or is BERT of another kind: %j', async (change, message) => {
    await expect(readFolder(only({ ...tinyConfig, ...change }), {})).rejects.toThrow(message);
  });

  it('may be BERT without a tokenizer, or with pickled weights alone', async () => {
    const { 'tokenizer.json': tokenizer, 'model.safetensors': _, ...rest } = tinyFiles();
    await expect(readFolder(rest, {})).rejects.toThrow(/neither tokenizer.json nor vocab.txt/);
    const pickled = { ...rest, 'tokenizer.json': tokenizer!, 'pytorch_model.bin': Uint8Array.of(1) };
    await expect(readFolder(pickled, {})).rejects.toThrow(/has pytorch_model.bin and no model.safetensors/);
  });
});

describe('a model from the web', () => {
  const encoder = (change: (tensors: SomeTensor[]) => SomeTensor[]) => tinyFiles(change(tinyTensors()));

  it.each<[string, ModelFiles, number]>([
    ['is kept where all fits together', tinyFiles(), 1],
    ['is not where a tensor is missing', encoder((tensors) => tensors.slice(1)), 0],
    [
      'nor where one has another shape',
      tinyFiles(undefined, { 'config.json': { ...tinyConfig, intermediate_size: 32 } }),
      0,
    ],
  ])('%s', async (_, files, kept) => {
    const server = createServer((request, response) => {
      const file = files[request.url!.slice(1)];
      if (file instanceof Uint8Array) response.end(file);
      else response.writeHead(404).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    vi.stubGlobal('caches', new MemoryCaches());
    try {
      const loading = readFolder(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, {});
      if (kept === 1) await loading;
      else
        await expect(loading).rejects.toMatchObject({ name: 'ModelFormatError', file: 'model.safetensors' });
      expect(await cachedModels()).toHaveLength(kept);
    } finally {
      vi.unstubAllGlobals();
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('a repository of a hub', () => {
  /** What lies in sentence-transformers/bert-base-nli-mean-tokens, its sizes apart. */
  const id = 'sentence-transformers/bert-base-nli-mean-tokens';
  const kind = 'sentence_transformers.models.';
  const files: ModelFiles = {
    ...tinyFiles(undefined, {
      'modules.json': [
        { idx: 0, name: '0', path: '', type: `${kind}Transformer` },
        { idx: 1, name: '1', path: '1_Pooling', type: `${kind}Pooling` },
      ],
      '1_Pooling/config.json': { word_embedding_dimension: 32, pooling_mode_mean_tokens: true },
      'sentence_bert_config.json': { max_seq_length: 128, do_lower_case: false },
      'config_sentence_transformers.json': { __version__: { sentence_transformers: '2.0.0' } },
      'special_tokens_map.json': { unk_token: '[UNK]', sep_token: '[SEP]', pad_token: '[PAD]' },
      'added_tokens.json': {},
      'tokenizer_config.json': { do_lower_case: true, special_tokens_map_file: 'old_models/0_BERT' },
    }),
    'vocab.txt': new Uint8Array(readFileSync(`${miniLmFolder}/vocab.txt`)),
  };
  const others = ['pytorch_model.bin', 'tf_model.h5', 'flax_model.msgpack', 'rust_model.ot', 'README.md'];

  it.each(['tokenizer.json', 'vocab.txt'])(
    'loads, and nothing else is asked for, with %s',
    async (tokenizer) => {
      const hub = await startHub();
      try {
        for (const [path, file] of Object.entries(files)) {
          if (path === 'tokenizer.json' && tokenizer === 'vocab.txt') continue;
          hub.files.set(`${id}/resolve/main/${path}`, Buffer.from(file as Uint8Array));
        }
        for (const path of others) hub.files.set(`${id}/resolve/main/${path}`, Buffer.from('x'));
        const { repository, tokenizer: loaded } = await readFolder(id, { hub: hub.url });
        expect(repository).toMatchObject({ pooling: 'mean', normalize: false, maxLength: 64, dimension: 32 });
        expect(loaded.encode('Hello ÉTÉ', 9).ids).toEqual([101, 7592, 3802, 2063, 102]);
        expect(hub.asked.filter(({ path }) => others.some((other) => path.endsWith(other)))).toEqual([]);
      } finally {
        await hub.close();
      }
    },
  );
});

describe('the download of the weights', () => {
  it('ends where a small file shows that the model does not work', async () => {
    const folder = await endlessFolder({ ...tinyConfig, model_type: 'roberta' });
    await expect(readFolder(folder.url, {})).rejects.toMatchObject({ name: 'ModelFormatError' });
    await folder.weightsEnded;
    folder.close();
  });

  it('ends where the caller stops it', async () => {
    const folder = await endlessFolder(tinyConfig);
    const stop = new AbortController();
    const reading = readFolder(folder.url, {
      signal: stop.signal,
      onProgress: (event) => {
        if (event.status === 'progress' && event.file === 'model.safetensors') stop.abort();
      },
    });
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    await folder.weightsEnded;
    folder.close();
  });
});
