import { expose } from 'comlink';
import { afterEach, describe, expect, it } from 'vitest';
import {
  AbortError,
  ArgumentError,
  CheckpointError,
  DownloadError,
  ShapeError,
  TabgradError,
  throwIfAborted,
} from '../../src/errors.ts';
import { contentOf, type FilePart, filesOf } from '../../src/files/fileParts.ts';
import type { CheckpointOptions, TrainOptions } from '../../src/training/checkpoint/autosave.ts';
import type { RunHistory } from '../../src/training/checkpoint/file.ts';
import type { EvaluationEvent, HeldOut, StepEvent, TrainingEvent } from '../../src/training/events.ts';
import type { TrainerOptions } from '../../src/training/options/options.ts';
import type {
  Embeddings,
  EncodeOptions,
  HeadFacts,
  HeadOptions,
  LoadOptions,
  Predictions,
  PredictOptions,
  ProgressEvent,
  SavedFile,
  SavedFiles,
  SaveOptions,
  SelfTestOptions,
  SelfTestReport,
  TokenCounts,
  TrainableModel,
} from '../../src/types.ts';
import { createDoor } from '../../src/worker/door.ts';
import { WorkerLine } from '../../src/worker/line.ts';
import { savedStream } from '../../src/worker/savedStream.ts';
import { lines, Trainer } from '../../src/worker/trainer.ts';
import { turns } from '../support/waiting.ts';

/** A model that counts, so that what crosses the door can be told from what does not. */
class CountingModel {
  dimension = 2;
  maxLength = 8;
  pooling = 'mean' as const;
  normalize = true;
  prompts = { query: 'q: ' };
  defaultPromptName = 'query';
  parameterCount = 7;
  parameterTree = { embeddings: ['e'], layers: 'l', unused: [] };
  adapter = { vendor: 'v', architecture: 'a', description: 'd', isSoftware: true, gemm: 'g' };
  sent: Embeddings | undefined;
  options: EncodeOptions | undefined;
  isDisposed = false;

  async encode(texts: string[], options: EncodeOptions = {}): Promise<Embeddings> {
    this.options = options;
    if (texts[0] === 'shape') throw new ShapeError('no fit', { op: 'encode', shapes: [[1], [2, 3]] });
    if (texts[0] === 'type') throw new TypeError('a plain one');
    for (let done = 1; done <= texts.length; done++) {
      await turns(1);
      throwIfAborted(options.signal);
      const rows = new Float32Array([done, 0]);
      options.onProgress?.({ status: 'encode', done, total: texts.length, first: done - 1, rows });
    }
    this.sent = { data: new Float32Array([1, 2]), shape: [1, 2], tokens: [3], truncated: [] };
    return this.sent;
  }

  added = new Map<string, HeadOptions>();
  predicted: Predictions | undefined;

  addHead(name: string, options: HeadOptions): void {
    if (options.labels.length < 2) throw new ArgumentError('too few', { argument: 'labels' });
    this.added.set(name, options);
  }

  removeHead(name: string): void {
    this.added.delete(name);
  }

  heads(): HeadFacts[] {
    return [...this.added].map(([name, { labels, pooling = 'cls' }]) => ({
      name,
      labels: [...labels],
      pooling,
    }));
  }

  async countTokens(texts: string[]): Promise<TokenCounts> {
    return { tokens: texts.map(() => 2), cuts: texts.map(() => -1) };
  }

  async predict(texts: string[], { signal }: PredictOptions = {}): Promise<Predictions> {
    throwIfAborted(signal);
    const data = new Float32Array(2 * texts.length).fill(0.5);
    this.predicted = { topic: { labels: ['a', 'b'], probabilities: { data, shape: [texts.length, 2] } } };
    return this.predicted;
  }

  parameters() {
    return [{ name: 'w', shape: [2, 3] }];
  }

  async read(name: string) {
    if (name !== 'w') throw new TabgradError('none', { parameter: name });
    return new Float32Array([1, 2, 3]);
  }

  saved: SavedFiles | undefined;

  async save({ card, onProgress, signal }: SaveOptions = {}): Promise<SavedFiles> {
    throwIfAborted(signal);
    onProgress?.({ status: 'save', done: 3, total: 3 });
    this.saved = new Map([
      ['a/b', new Uint8Array([1, 2])],
      ['c', new Uint8Array([card?.steps ?? 0])],
    ]);
    return this.saved;
  }

  /** Pieces made so far by `saveStream`. */
  streamed: Uint8Array<ArrayBuffer>[] = [];
  streamsOpen = 0;

  saveStream({ card, onProgress, signal }: SaveOptions = {}): AsyncGenerator<SavedFile, void, void> {
    const { streamed } = this;
    const count = (by: number) => {
      this.streamsOpen += by;
    };
    async function* parts(): AsyncGenerator<FilePart, void, void> {
      count(1);
      try {
        for (const path of ['a/b', 'c']) {
          yield { type: 'file', path, bytes: 6 };
          for (let i = 0; i < 3; i++) {
            throwIfAborted(signal);
            if (card?.steps === streamed.length) throw new ShapeError('no fit', { op: 'save', shapes: [] });
            streamed.push(Uint8Array.of(streamed.length, 7));
            onProgress?.({ status: 'save', done: 2 * streamed.length, total: 12 });
            yield { type: 'piece', data: streamed.at(-1)! };
          }
        }
      } finally {
        count(-1);
      }
    }
    return filesOf(parts());
  }

  async selfTest({ part, signal }: SelfTestOptions = {}): Promise<SelfTestReport> {
    await turns();
    throwIfAborted(signal);
    const passed = part === 'embed';
    const kernel = { name: 'k', difference: Number.POSITIVE_INFINITY, tolerance: 1, passed, error: 'e' };
    return {
      passed,
      kernels: [kernel],
      largest: 1,
      model: { embedding: 1, loss: 2, gradient: 3 },
      milliseconds: 4,
    };
  }

  async usage() {
    const created = { buffers: 0, pipelines: 0, bindGroups: 0 };
    return { bytes: 5, liveBytes: 0, liveBuffers: 0, created, dispatches: 0, submits: 0 };
  }

  async dispose() {
    this.isDisposed = true;
  }
}

/** Steps for ever, one in each turn of the event loop, unless it is paused. */
class CountingTrainer {
  totalSteps = 100;
  steps = 0;
  isPaused = false;
  hasEnded = false;
  permits = 0;
  readonly options: TrainerOptions;

  constructor(options: TrainerOptions) {
    if (options.seed === -1) throw new ArgumentError('Trainer: seed is -1', { argument: 'seed' });
    this.options = options;
  }

  async plan() {
    const memory = { weights: 1, gradients: 2, moments: 3, activations: 4, total: 10 };
    const counts = { trainingExamples: 8, heldOutExamples: 2, totalSteps: 100 };
    return { trainable: 6, parameters: [{ name: 'w', shape: [2, 3], rate: null }], memory, ...counts };
  }

  async measure({ signal }: { signal?: AbortSignal }) {
    await turns();
    throwIfAborted(signal);
    if (this.steps > 0) throw new TabgradError('measure(): running');
    return { stepSeconds: 0.5, seconds: 50 };
  }

  evaluated: EvaluationEvent | undefined;
  resumed: Blob | undefined;
  checkpoints: CheckpointOptions | undefined;

  get history(): RunHistory {
    return this.resumed ? [stepEvent(4)] : [];
  }

  async checkpoint(): Promise<Blob> {
    if (this.steps === 0) throw new TabgradError('checkpoint(): no run is on');
    return new Blob(['step ', String(this.steps)]);
  }

  async saveCheckpoint() {
    if (!this.checkpoints) return undefined;
    const { name } = this.checkpoints;
    const place = { step: this.steps, totalSteps: 100, bytes: 8, savedAt: 9 };
    const saved = { id: 'a', name, ...place, isOver: false, isOn: true };
    this.checkpoints.onSaved?.(saved);
    this.checkpoints.onNote?.('a note');
    return saved;
  }

  async *train({ signal, checkpoints }: TrainOptions): AsyncGenerator<TrainingEvent, void, void> {
    this.checkpoints = checkpoints;
    try {
      while (true) {
        await turns(1);
        throwIfAborted(signal);
        if (this.isPaused && this.permits === 0) continue;
        this.permits = Math.max(0, this.permits - 1);
        this.steps += 1;
        yield stepEvent(this.steps);
        if (this.options.evaluation) yield this.#evaluate();
        if (this.steps === this.options.epochs) return;
      }
    } finally {
      await turns(1);
      this.hasEnded = true;
    }
  }

  #evaluate(): EvaluationEvent {
    const numbers = { losses: { topic: 1 }, accuracy: { topic: 1 }, macroF1: { topic: 1 } };
    const heldOut: HeldOut = {
      examples: [3],
      probabilities: { topic: { data: new Float32Array([0.25, 0.75]), shape: [1, 2] } },
      embeddings: { data: new Float32Array([0.6, 0.8]), shape: [1, 2] },
    };
    this.evaluated = { type: 'evaluation', step: this.steps, ...numbers, heldOut };
    return this.evaluated;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  step(): void {
    this.permits += 1;
  }
}

function stepEvent(step: number): StepEvent {
  const numbers = { totalSteps: 100, epoch: 1, loss: 1, gradientNorm: 1, learningRate: 1, textsPerSecond: 1 };
  return { type: 'step', step, losses: { topic: 1 }, ...numbers };
}

let open: WorkerLine[] = [];

afterEach(() => {
  for (const line of open) line.end(new Error('the test is over'));
  open = [];
});

/** Both ends of a door, over a channel instead of a worker. */
function connect(
  load: (options: LoadOptions) => Promise<TrainableModel>,
  made: (trainer: CountingTrainer) => void = () => {},
): WorkerLine {
  const { port1, port2 } = new MessageChannel();
  expose(
    createDoor({
      load: (_, options) => load(options),
      trainer: (_, options) => {
        const trainer = new CountingTrainer(options);
        made(trainer);
        return trainer;
      },
      resume: async (_, checkpoint, { signal }) => {
        throwIfAborted(signal);
        if (!(checkpoint instanceof Blob) || checkpoint.size === 0) {
          throw new CheckpointError('none', { reason: 'damaged' });
        }
        const trainer = new CountingTrainer({ examples: [], epochs: 3 });
        trainer.resumed = checkpoint;
        made(trainer);
        return trainer;
      },
    }),
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
  const facts = await line.call({}, (api) => api.load('there', {}));
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
    expect((error as Error).stack).toContain('door.test');
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

describe('a trainer beyond the door', () => {
  const examples = [{ text: 'a', labels: { topic: 'a' } }];

  async function training(options: Partial<TrainerOptions> = {}) {
    let local: CountingTrainer | undefined;
    const line = connect(
      async () => new CountingModel(),
      (made) => {
        local = made;
      },
    );
    await line.call({}, (api) => api.load('there', {}));
    const model = new CountingModel();
    lines.set(model, line);
    return { line, trainer: new Trainer(model, { examples, ...options }), local: () => local! };
  }

  it('takes options as they are and tells its steps', async () => {
    const { trainer, local } = await training({ frozen: [/^embeddings/] });
    expect(await trainer.totalSteps).toBe(100);
    expect(await trainer.plan()).toEqual(await local().plan());
    expect(local().options).toEqual({ examples, frozen: [/^embeddings/] });
  });

  it('measures, stops by the signal, and says why it cannot', async () => {
    const { trainer, local } = await training();
    expect(await trainer.measure()).toEqual({ stepSeconds: 0.5, seconds: 50 });
    const controller = new AbortController();
    const stopped = trainer.measure({ signal: controller.signal });
    controller.abort();
    await expect(stopped).rejects.toBeInstanceOf(AbortError);
    local().steps = 1;
    await expect(trainer.measure()).rejects.toMatchObject({ name: 'TabgradError', message: /running/ });
  });

  it('takes checkpoints, keeps them and says so', async () => {
    const { trainer, local } = await training();
    await expect(trainer.checkpoint()).rejects.toMatchObject({ name: 'TabgradError' });
    expect(await trainer.saveCheckpoint()).toBeUndefined();
    const said: unknown[] = [];
    const checkpoints = {
      name: 'mine',
      everySeconds: 5,
      about: { page: 1 },
      onSaved: (saved: unknown) => said.push(saved),
      onNote: (message: string) => said.push(message),
    };
    const types = new Set<string>();
    for await (const event of trainer.train({ checkpoints })) {
      types.add(event.type);
      if (event.type !== 'step' || event.step !== 2) continue;
      expect(await (await trainer.checkpoint()).text()).toMatch(/^step [23]$/);
      const saved = await trainer.saveCheckpoint();
      expect(saved).toMatchObject({ id: 'a', name: 'mine' });
      await expect.poll(() => said, { interval: 1 }).toHaveLength(2);
      expect(said).toEqual([saved, 'a note']);
      break;
    }
    expect(types).toEqual(new Set(['step']));
    expect(local().checkpoints).toMatchObject({ name: 'mine', everySeconds: 5, about: { page: 1 } });
    const unsent = trainer.train({ checkpoints: { name: 'mine', about: () => {} } });
    await expect(unsent.next()).rejects.toMatchObject({ name: 'ArgumentError', argument: 'checkpoints' });
  });

  it('resumes from a checkpoint, and says why it cannot', async () => {
    const { line, local } = await training();
    const model = new CountingModel();
    lines.set(model, line);
    const trainer = await Trainer.resume(model, new Blob(['it']));
    expect(await local().resumed!.text()).toBe('it');
    expect((await trainer.history).map(({ step }) => step)).toEqual([4]);
    let steps = 0;
    for await (const { type } of trainer.train()) if (type === 'step') steps += 1;
    expect(steps).toBe(3);
    const failed = Trainer.resume(model, new Blob([]));
    await expect(failed).rejects.toBeInstanceOf(CheckpointError);
    await expect(failed).rejects.toMatchObject({ reason: 'damaged' });
    const signal = AbortSignal.abort();
    await expect(Trainer.resume(model, new Blob(['it']), { signal })).rejects.toBeInstanceOf(AbortError);
    await expect(Trainer.resume(new CountingModel(), new Blob(['it']))).rejects.toBeInstanceOf(ArgumentError);
  });

  it('transfers what an evaluation tells of each text', async () => {
    const { trainer, local } = await training({ evaluation: { fraction: 0.5, details: true }, epochs: 1 });
    const events: TrainingEvent[] = [];
    for await (const event of trainer.train()) events.push(event);
    expect(events.map(({ type }) => type)).toEqual(['step', 'evaluation']);
    expect(events[1]).toMatchObject({
      heldOut: {
        examples: [3],
        probabilities: { topic: { data: new Float32Array([0.25, 0.75]), shape: [1, 2] } },
        embeddings: { data: new Float32Array([0.6, 0.8]), shape: [1, 2] },
      },
    });
    const { probabilities, embeddings } = local().evaluated!.heldOut!;
    for (const { data } of [probabilities.topic!, embeddings]) expect(data.byteLength).toBe(0);
  });

  it('hands over each event in order, at most one ahead of the loop', async () => {
    const { trainer, local } = await training({ epochs: 6 });
    const steps: number[] = [];
    for await (const event of trainer.train()) {
      if (event.type !== 'step') continue;
      steps.push(event.step);
      await turns();
      expect(local().steps).toBeLessThanOrEqual(event.step + 2);
    }
    expect(steps).toEqual([1, 2, 3, 4, 5, 6]);
    expect(local().hasEnded).toBe(true);
  });

  it('ends in the worker before a loop that was left goes on', async () => {
    const { trainer, local } = await training();
    for await (const event of trainer.train()) if (event.type === 'step' && event.step === 3) break;
    expect(local().hasEnded).toBe(true);
    expect(local().steps).toBeLessThanOrEqual(5);
  });

  it('stops by the signal with an AbortError, also with one that has fired', async () => {
    const { trainer, local } = await training();
    const controller = new AbortController();
    const run = (async () => {
      for await (const event of trainer.train({ signal: controller.signal })) {
        if (event.type === 'step' && event.step === 2) controller.abort();
      }
    })();
    await expect(run).rejects.toBeInstanceOf(AbortError);
    expect(local().hasEnded).toBe(true);
    await expect(trainer.train({ signal: AbortSignal.abort() }).next()).rejects.toBeInstanceOf(AbortError);
  });

  it('pauses, steps and resumes', async () => {
    const { trainer, local } = await training();
    trainer.pause();
    const events = trainer.train();
    trainer.step();
    await events.next();
    const second = events.next();
    await turns();
    expect(local().steps).toBe(1);
    trainer.resume();
    await expect(second).resolves.toMatchObject({ value: { step: 2 } });
    await events.return();
    expect(local().hasEnded).toBe(true);
  });

  it('throws what is wrong with the options where it is used', async () => {
    const { trainer } = await training({ seed: -1 });
    await expect(trainer.totalSteps).rejects.toBeInstanceOf(ArgumentError);
    await expect(trainer.train().next()).rejects.toMatchObject({ argument: 'seed' });
    trainer.pause();
  });

  it('names what cannot cross, and refuses a model that is not in a worker', async () => {
    const { trainer } = await training({ taskWeights: { topic: (() => 1) as unknown as number } });
    await expect(trainer.totalSteps).rejects.toMatchObject({ name: 'ArgumentError', argument: 'options' });
    expect(() => new Trainer(new CountingModel(), { examples })).toThrow(ArgumentError);
  });

  it('rejects the loop when the worker goes', async () => {
    const { trainer, line } = await training();
    const gone = new TabgradError('gone');
    const run = (async () => {
      for await (const event of trainer.train())
        if (event.type === 'step' && event.step === 2) line.end(gone);
    })();
    await expect(run).rejects.toBe(gone);
    await expect(trainer.totalSteps).rejects.toBe(gone);
  });
});
