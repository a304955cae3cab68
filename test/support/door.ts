import { expose } from 'comlink';
import { afterEach } from 'vitest';
import {
  ArgumentError,
  CheckpointError,
  ShapeError,
  TabgradError,
  throwIfAborted,
} from '../../src/errors.ts';
import { type FilePart, filesOf } from '../../src/files/fileParts.ts';
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
import { turns } from '../support/waiting.ts';

/** A model that counts, so that what crosses the door can be told from what does not. */
export class CountingModel {
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
export class CountingTrainer {
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
    const metrics = { loss: 1, accuracy: 1, macroF1: 1 };
    const numbers = { losses: { topic: 1 }, accuracy: { topic: 1 }, macroF1: { topic: 1 }, metrics };
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

export function stepEvent(step: number): StepEvent {
  const numbers = { totalSteps: 100, epoch: 1, loss: 1, gradientNorm: 1, learningRate: 1, textsPerSecond: 1 };
  return { type: 'step', step, losses: { topic: 1 }, ...numbers };
}

let open: WorkerLine[] = [];

afterEach(() => {
  for (const line of open) line.end(new Error('the test is over'));
  open = [];
});

/** Both ends of a door, over a channel instead of a worker. */
export function connect(
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

export async function connected() {
  const model = new CountingModel();
  const line = connect(async () => model);
  const facts = await line.call({}, (api) => api.load('there', {}));
  const encode = (
    texts: string[],
    hooks: { signal?: AbortSignal; onProgress?: (event: ProgressEvent) => void } = {},
  ) => line.call(hooks, (api, ...rest) => api.encode(texts, { maxLength: 4 }, ...rest));
  return { model, line, facts, encode };
}
