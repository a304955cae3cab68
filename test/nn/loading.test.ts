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
