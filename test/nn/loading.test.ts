import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { readFolder } from '../../src/loading.ts';
import { tinyConfig, tinyFiles } from './tinyModel.ts';

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
