import { describe, expect, it } from 'vitest';
import { AbortError, DownloadError, ShapeError, TabgradError, throwIfAborted } from '../../src/errors.ts';
import { CountingModel, connect, connected } from '../support/door.ts';
import { turns } from '../support/waiting.ts';

describe("the worker's door", () => {
  it('tells the facts of the model, and its usage', async () => {
    const { line, facts } = await connected();
    expect(facts).toMatchObject({ dimension: 2, maxLength: 8, parameterCount: 7, adapter: { gemm: 'g' } });
    expect(facts.parameterTree).toEqual({ embeddings: ['e'], layers: 'l', unused: [] });
    expect(facts).toMatchObject({ prompts: { query: 'q: ' }, defaultPromptName: 'query' });
    expect(await line.call({}, (api) => api.usage())).toMatchObject({ bytes: 5 });
  });

  it('hands settings on and transfers the result', async () => {
    const { model, encode } = await connected();
    const result = await encode(['a']);
    expect(result).toEqual({ data: new Float32Array([1, 2]), shape: [1, 2], tokens: [3], truncated: [] });
    expect(model.options).toMatchObject({ maxLength: 4 });
    expect(model.sent!.data.byteLength).toBe(0);
  });

  it('delivers every progress event, in order, before the call ends', async () => {
    const { encode } = await connected();
    const done: number[] = [];
    await encode(['a', 'b', 'c'], {
      onProgress: (event) => event.status === 'encode' && done.push(event.done),
    });
    expect(done).toEqual([1, 2, 3]);
  });

  it('carries errors with class, name, message, fields and stack', async () => {
    const { encode } = await connected();
    const error = await encode(['shape']).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ShapeError);
    expect(error).toMatchObject({
      name: 'ShapeError',
      message: 'no fit',
      op: 'encode',
      shapes: [[1], [2, 3]],
    });
    expect((error as Error).stack).toContain('at CountingModel.');
    await expect(encode(['type'])).rejects.toMatchObject({ name: 'TypeError', message: 'a plain one' });
  });

  it('stops an embedding at once, and the model can be used again', async () => {
    const { encode } = await connected();
    const controller = new AbortController();
    let events = 0;
    const stopped = encode(Array(10_000).fill('a'), {
      signal: controller.signal,
      onProgress: () => {
        events++;
        controller.abort();
      },
    });
    await expect(stopped).rejects.toBeInstanceOf(AbortError);
    expect(events).toBeLessThan(100);
    await expect(encode(['a'])).resolves.toMatchObject({ shape: [1, 2] });
  });

  it('brings the report of a self-test as it is, and stops it by the signal', async () => {
    const { line } = await connected();
    const report = await line.call({}, (api, ...hooks) => api.selfTest({ part: 'embed' }, ...hooks));
    expect(report).toMatchObject({ passed: true, model: { embedding: 1, loss: 2, gradient: 3 } });
    expect(report.kernels).toMatchObject([{ difference: Number.POSITIVE_INFINITY, error: 'e' }]);
    const controller = new AbortController();
    const hooks = { signal: controller.signal };
    const stopped = line.call(hooks, (api, ...rest) => api.selfTest({}, ...rest));
    controller.abort();
    await expect(stopped).rejects.toBeInstanceOf(AbortError);
  });

  it('sends nothing for a signal that has fired already', async () => {
    const { model, encode } = await connected();
    await expect(encode(['a'], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(model.options).toBeUndefined();
  });

  it('can load again after a load that was aborted or failed', async () => {
    let attempt = 0;
    const line = connect(async ({ signal }) => {
      attempt++;
      if (attempt === 2) throw new DownloadError('not there', { url: 'u', status: 404 });
      while (attempt === 1) {
        await turns(1);
        throwIfAborted(signal);
      }
      return new CountingModel();
    });
    const load = (signal?: AbortSignal) =>
      line.call({ signal }, (api, ...hooks) => api.load('there', {}, ...hooks));
    const controller = new AbortController();
    const first = load(controller.signal);
    controller.abort();
    await expect(first).rejects.toBeInstanceOf(AbortError);
    await expect(load()).rejects.toMatchObject({ name: 'DownloadError', url: 'u', status: 404 });
    await expect(line.call({}, (api) => api.encode(['a'], {}))).rejects.toBeInstanceOf(TabgradError);
    await expect(load()).resolves.toMatchObject({ dimension: 2 });
  });

  it('frees the model on close, rejects what is under way and what comes later', async () => {
    const { model, line, encode } = await connected();
    const underWay = encode(Array(10_000).fill('a'));
    const gone = new TabgradError('disposed');
    const closing = line.close(gone);
    await expect(underWay).rejects.toBe(gone);
    await closing;
    expect(model.isDisposed).toBe(true);
    await expect(encode(['a'])).rejects.toBe(gone);
    await line.close(new Error('a second time'));
  });
});
