import { expose } from 'comlink';
import { afterEach, describe, expect, it } from 'vitest';
import { AbortError, DownloadError, ShapeError, TabgradError, throwIfAborted } from '../../src/errors.ts';
import type { Embeddings, EncodeOptions, EncoderModel, LoadOptions, ProgressEvent } from '../../src/types.ts';
import { createDoor } from '../../src/worker/door.ts';
import { WorkerLine } from '../../src/worker/line.ts';

/** A model that counts, so that what crosses the door can be told from what does not. */
class CountingModel {
  dimension = 2;
  maxLength = 8;
  pooling = 'mean' as const;
  normalize = true;
  parameterCount = 7;
  adapter = { vendor: 'v', architecture: 'a', description: 'd', isSoftware: true, gemm: 'g' };
  sent: Embeddings | undefined;
  options: EncodeOptions | undefined;
  isDisposed = false;

  async encode(texts: string[], options: EncodeOptions = {}): Promise<Embeddings> {
    this.options = options;
    if (texts[0] === 'shape') throw new ShapeError('no fit', { op: 'encode', shapes: [[1], [2, 3]] });
    if (texts[0] === 'type') throw new TypeError('a plain one');
    for (let done = 1; done <= texts.length; done++) {
      await pause();
      throwIfAborted(options.signal);
      options.onProgress?.({ status: 'encode', done, total: texts.length });
    }
    this.sent = { data: new Float32Array([1, 2]), shape: [1, 2], tokens: [3], truncated: [] };
    return this.sent;
  }

  async usage() {
    const created = { buffers: 0, pipelines: 0, bindGroups: 0 };
    return { bytes: 5, liveBytes: 0, liveBuffers: 0, created, dispatches: 0, submits: 0 };
  }

  async dispose() {
    this.isDisposed = true;
  }
}

const pause = () => new Promise((resume) => setTimeout(resume, 1));
let open: WorkerLine[] = [];

afterEach(() => {
  for (const line of open) line.end(new Error('the test is over'));
  open = [];
});

/** Both ends of a door, over a channel instead of a worker. */
function connect(load: (options: LoadOptions) => Promise<EncoderModel>): WorkerLine {
  const { port1, port2 } = new MessageChannel();
  expose(
    createDoor({ load: (_, options) => load(options), trainer: (model, options) => new CountingTrainer(model, options) }),
    port2,
  );
  const terminate = () => {
    port1.close();
    port2.close();
  };
  const line = new WorkerLine(Object.assign(port1, { terminate }) as unknown as Worker);
  open.push(line);
  return line;
}

async function connected() {
  const model = new CountingModel();
  const line = connect(async () => model);
  const facts = await line.call({}, (api) => api.load('there'));
  const encode = (
    texts: string[],
    hooks: { signal?: AbortSignal; onProgress?: (event: ProgressEvent) => void } = {},
  ) => line.call(hooks, (api, ...rest) => api.encode(texts, { maxLength: 4 }, ...rest));
  return { model, line, facts, encode };
}

describe("the worker's door", () => {
  it('tells the facts of the model, and its usage', async () => {
    const { line, facts } = await connected();
    expect(facts).toMatchObject({ dimension: 2, maxLength: 8, parameterCount: 7, adapter: { gemm: 'g' } });
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
    expect((error as Error).stack).toContain('workerDoor.test');
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
        await pause();
        throwIfAborted(signal);
      }
      return new CountingModel();
    });
    const load = (signal?: AbortSignal) =>
      line.call({ signal }, (api, ...hooks) => api.load('there', ...hooks));
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
