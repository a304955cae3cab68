import { expose } from 'comlink';
import { afterEach, describe, expect, it } from 'vitest';
import { AbortError, ArgumentError, throwIfAborted } from '../../src/errors.ts';
import type { CountOptions, EncodeOptions, ProgressEvent, TrainableModel } from '../../src/types.ts';
import { createDoor } from '../../src/worker/door.ts';
import { WorkerLine } from '../../src/worker/line.ts';
import { turns } from '../support/waiting.ts';

let open: WorkerLine[] = [];

afterEach(() => {
  for (const line of open) line.end(new Error('the test is over'));
  open = [];
});

/** Both ends of a door around the parts of a model that a test needs. */
async function connected(parts: Partial<TrainableModel>): Promise<WorkerLine> {
  const { port1, port2 } = new MessageChannel();
  const door = createDoor({
    load: async () => parts as TrainableModel,
    trainer: () => {
      throw new Error('no trainer here');
    },
    resume: () => {
      throw new Error('no trainer here');
    },
  });
  expose(door, port2);
  const terminate = () => {
    port1.close();
    port2.close();
  };
  const line = new WorkerLine(Object.assign(port1, { terminate }) as unknown as Worker);
  open.push(line);
  await line.call({}, (api) => api.load('there', {}));
  return line;
}

describe('results as batches finish', () => {
  it('cross with the rows, which are transferred, and out of order as they come', async () => {
    const sent: Float32Array[] = [];
    const line = await connected({
      async encode(texts, { onProgress }: EncodeOptions = {}) {
        const tell = (done: number, first: number, numbers: number[]) => {
          const rows = new Float32Array(numbers);
          sent.push(rows);
          onProgress?.({ status: 'encode', done, total: texts.length, first, rows });
        };
        tell(0, 0, []);
        tell(1, 2, [5, 6]);
        tell(3, 0, [1, 2, 3, 4]);
        return { data: new Float32Array(6), shape: [3, 2], tokens: [], truncated: [] };
      },
    });
    const events: ProgressEvent[] = [];
    await line.call({ onProgress: (event: ProgressEvent) => void events.push(event) }, (api, ...hooks) =>
      api.encode(['a', 'b', 'c'], {}, ...hooks),
    );
    const event = (done: number, first: number, rows: number[]) => ({
      status: 'encode',
      done,
      total: 3,
      first,
      rows: new Float32Array(rows),
    });
    expect(events).toEqual([event(0, 0, []), event(1, 2, [5, 6]), event(3, 0, [1, 2, 3, 4])]);
    expect(sent.map(({ byteLength }) => byteLength)).toEqual([0, 0, 0]);
  });
});

describe('countTokens() beyond the door', () => {
  it('hands on the texts and the limit', async () => {
    let given: CountOptions | undefined;
    const line = await connected({
      async countTokens(texts, options) {
        given = options;
        return { tokens: texts.map(({ length }) => length), cuts: texts.map(() => -1) };
      },
    });
    const counts = await line.call({}, (api, ...hooks) =>
      api.countTokens(['ab', 'c'], { maxLength: 7 }, ...hooks),
    );
    expect(counts).toEqual({ tokens: [2, 1], cuts: [-1, -1] });
    expect(given).toMatchObject({ maxLength: 7 });
  });

  it('is stopped by the signal', async () => {
    const line = await connected({
      async countTokens(_, { signal } = {}) {
        while (true) {
          await turns(1);
          throwIfAborted(signal);
        }
      },
    });
    const stop = new AbortController();
    const counting = line.call({ signal: stop.signal }, (api, ...hooks) =>
      api.countTokens(['a'], {}, ...hooks),
    );
    await turns();
    stop.abort();
    await expect(counting).rejects.toBeInstanceOf(AbortError);
  });
});

describe('heads beyond the door', () => {
  it('are told and removed, with the errors of the model', async () => {
    const heads = [
      { name: 'topic', labels: ['a', 'b'], pooling: 'cls' as const },
      { name: 'mood', labels: ['c', 'd'], pooling: 'mean' as const },
    ];
    const line = await connected({
      heads: () => heads,
      removeHead(name) {
        const at = heads.findIndex((head) => head.name === name);
        if (at === -1) throw new ArgumentError('no such head', { argument: 'name' });
        heads.splice(at, 1);
      },
    });
    expect(await line.call({}, (api) => api.heads())).toEqual(heads);
    expect(await line.call({}, (api) => api.removeHead('topic'))).toBeUndefined();
    expect(await line.call({}, (api) => api.heads())).toEqual([heads[0]]);
    expect(heads.map(({ name }) => name)).toEqual(['mood']);
    const again = line.call({}, (api) => api.removeHead('topic'));
    await expect(again).rejects.toMatchObject({ name: 'ArgumentError', argument: 'name' });
  });
});
