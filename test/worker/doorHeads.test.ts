import { describe, expect, it } from 'vitest';
import { AbortError, ArgumentError } from '../../src/errors.ts';
import { contentOf } from '../../src/files/fileParts.ts';
import type { ProgressEvent, SavedFile } from '../../src/types.ts';
import { savedStream } from '../../src/worker/savedStream.ts';
import { connected } from '../support/door.ts';
import { turns } from '../support/waiting.ts';

describe('heads, predictions and parameters', () => {
  it('cross the door, and large results are transferred', async () => {
    const { model, line } = await connected();
    await line.call({}, (api) => api.addHead('topic', { labels: ['a', 'b'], pooling: 'mean' }));
    expect(model.added.get('topic')).toEqual({ labels: ['a', 'b'], pooling: 'mean' });
    const given = await line.call({}, (api) => api.predict(['one', 'two']));
    expect(given.topic!.probabilities.shape).toEqual([2, 2]);
    expect(model.predicted!.topic!.probabilities.data.byteLength).toBe(0);
    expect(await line.call({}, (api) => api.parameters())).toEqual([{ name: 'w', shape: [2, 3] }]);
    expect(await line.call({}, (api) => api.read('w'))).toEqual(new Float32Array([1, 2, 3]));
    const error = await line.call({}, (api) => api.read('v')).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'TabgradError', parameter: 'v' });
  });

  it('cross as files, in order, transferred, after their progress', async () => {
    const { model, line } = await connected();
    const events: ProgressEvent[] = [];
    const files = await line.call(
      { onProgress: (event: ProgressEvent) => void events.push(event) },
      (api, ...hooks) => api.save({ card: { steps: 7 } }, ...hooks),
    );
    expect([...files]).toEqual([
      ['a/b', new Uint8Array([1, 2])],
      ['c', new Uint8Array([7])],
    ]);
    expect(events).toEqual([{ status: 'save', done: 3, total: 3 }]);
    expect([...model.saved!.values()].map(({ byteLength }) => byteLength)).toEqual([0, 0]);
    await expect(
      line.call({ signal: AbortSignal.abort() }, (api, ...hooks) => api.save({}, ...hooks)),
    ).rejects.toBeInstanceOf(AbortError);
  });

  it('cross as a stream: piece by piece as they are read, transferred, with their progress', async () => {
    const { model, line } = await connected();
    const events: ProgressEvent[] = [];
    const files = savedStream(line, { onProgress: (event) => void events.push(event) });
    await turns(1);
    expect(model.streamsOpen).toBe(0);
    const first = (await files.next()).value as SavedFile;
    expect(first).toMatchObject({ path: 'a/b', bytes: 6 });
    const reader = first.stream.getReader();
    expect((await reader.read()).value).toEqual(Uint8Array.of(0, 7));
    await turns();
    // One more has been made, and waits on this side.
    expect(model.streamed.length).toBeLessThanOrEqual(2);
    expect(model.streamed[0]!.byteLength).toBe(0);
    expect((await reader.read()).value).toEqual(Uint8Array.of(1, 7));
    expect((await reader.read()).value).toEqual(Uint8Array.of(2, 7));
    expect((await reader.read()).done).toBe(true);
    const second = (await files.next()).value as SavedFile;
    expect(await contentOf(second)).toEqual(Uint8Array.of(3, 7, 4, 7, 5, 7));
    expect((await files.next()).done).toBe(true);
    expect(events.map((event) => event.status === 'save' && event.done)).toEqual([2, 4, 6, 8, 10, 12]);
    expect(model.streamsOpen).toBe(0);
  });

  it.each(['left', 'aborted'])('end in the worker when their stream is %s', async (how) => {
    const { model, line } = await connected();
    const stop = new AbortController();
    const files = savedStream(line, { signal: stop.signal });
    const { stream } = (await files.next()).value as SavedFile;
    const reader = stream.getReader();
    await reader.read();
    expect(model.streamsOpen).toBe(1);
    if (how === 'left') await files.return();
    else stop.abort();
    // Nobody reads on, and still it is free.
    await expect.poll(() => model.streamsOpen).toBe(0);
    expect(model.streamed.length).toBeLessThanOrEqual(3);
    await expect(reader.read()).rejects.toMatchObject({
      name: how === 'left' ? 'TabgradError' : 'AbortError',
    });
    await expect(line.call({}, (api) => api.parameters())).resolves.toHaveLength(1);
  });

  it('end with the error that the model met', async () => {
    const { line } = await connected();
    const files = savedStream(line, { card: { steps: 1 } });
    const { stream } = (await files.next()).value as SavedFile;
    const reader = stream.getReader();
    await reader.read();
    await expect(reader.read()).rejects.toMatchObject({ name: 'ShapeError', op: 'save' });
    await expect(files.next()).rejects.toMatchObject({ name: 'ShapeError', op: 'save' });
    await expect(savedStream(line, { signal: AbortSignal.abort() }).next()).rejects.toBeInstanceOf(
      AbortError,
    );
  });

  it('cross as errors with their fields', async () => {
    const { line } = await connected();
    const adding = line.call({}, (api) => api.addHead('topic', { labels: ['a'] }));
    await expect(adding).rejects.toBeInstanceOf(ArgumentError);
    await expect(adding).rejects.toMatchObject({ argument: 'labels' });
  });
});
