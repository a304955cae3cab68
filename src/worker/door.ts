import { proxy, releaseProxy, transfer } from 'comlink';
import { TabgradError } from '../errors.ts';
import { partsOf } from '../files/fileParts.ts';
import type { StoredCheckpoint } from '../training/checkpoint/store.ts';
import type { TrainingEvent } from '../training/events.ts';
import type { TrainerOptions } from '../training/options/options.ts';
import type { LoadOptions, ModelSource, ProgressEvent, TrainableModel } from '../types.ts';
import type {
  CheckpointNews,
  CheckpointSettings,
  Line,
  LocalTrainer,
  ModelFacts,
  TrainerDoor,
  WorkerApi,
} from './api.ts';
import { watchRequests } from './requests.ts';
import { transferPiece } from './savedStream.ts';

/** Makes a model and its trainers in the worker; tests have makers of their own. */
export interface Makers<M extends TrainableModel> {
  load(source: ModelSource, options: LoadOptions): Promise<M>;
  trainer(model: M, options: TrainerOptions): LocalTrainer;
  resume(
    model: M,
    checkpoint: Blob | Uint8Array<ArrayBuffer>,
    options: { signal?: AbortSignal },
  ): Promise<LocalTrainer>;
}

/** Answers the page's calls in the worker. */
export function createDoor<M extends TrainableModel>(make: Makers<M>): WorkerApi {
  let model: M | undefined;
  const requestsSince = watchRequests();
  const loaded = (): M => {
    if (!model) throw new TabgradError('The worker holds no model. Call fromPretrained() first.');
    return model;
  };
  return {
    addHead: async (...args) => loaded().addHead(...args),
    removeHead: async (name) => loaded().removeHead(name),
    heads: async () => loaded().heads(),
    parameters: async () => loaded().parameters(),
    usage: async () => loaded().usage(),
    read: async (name) => transferred(await loaded().read(name)),
    countTokens: (texts, settings, ...line) =>
      withLine(line, (hooks) => loaded().countTokens(texts, { ...settings, ...hooks })),
    selfTest: (settings, ...line) => withLine(line, (hooks) => loaded().selfTest({ ...settings, ...hooks })),
    async encode(texts, settings, ...line) {
      const result = withLine(line, ({ onProgress: tell, signal }) => {
        const onProgress = tell && ((event: ProgressEvent) => tell(transferred(event)));
        return loaded().encode(texts, { ...settings, onProgress, signal });
      });
      return transferred(await result);
    },
    async predict(texts, settings, ...line) {
      return transferred(await withLine(line, (hooks) => loaded().predict(texts, { ...settings, ...hooks })));
    },
    async save(settings, ...line) {
      return transferred(await withLine(line, (hooks) => loaded().save({ ...settings, ...hooks })));
    },
    async load(source, settings, ...line) {
      model = await withLine(line, (hooks) => make.load(source, { ...settings, ...hooks }));
      return factsOf(model);
    },
    async saveStream(settings, ...line) {
      await withLine(line, async ({ onProgress, signal }) => {
        for await (const part of partsOf(loaded().saveStream({ ...settings, onProgress, signal }))) {
          await onProgress?.(transferPiece(part));
        }
      });
    },
    trainer: (options) => trainerDoor(make.trainer(loaded(), options)),
    resumeTrainer: (checkpoint, ...line) =>
      withLine(line, async ({ signal }) => trainerDoor(await make.resume(loaded(), checkpoint, { signal }))),
    requests: async (since) => requestsSince(since),
    async dispose() {
      await model?.dispose();
      model = undefined;
    },
  };
}

/** Marks the arrays in a value for transfer to the page: nobody in the worker needs them. */
function transferred<T>(value: T): T {
  return transfer(value, buffersOf(value));
}

/** Finds the buffers of the typed arrays in plain data. */
function buffersOf(value: unknown): Transferable[] {
  if (ArrayBuffer.isView(value)) return [value.buffer as ArrayBuffer];
  if (typeof value !== 'object' || value === null) return [];
  return (value instanceof Map ? [...value.values()] : Object.values(value)).flatMap(buffersOf);
}

function factsOf(model: TrainableModel): ModelFacts {
  const { dimension, maxLength, pooling, normalize, prompts, defaultPromptName } = model;
  const { parameterCount, parameterTree, adapter } = model;
  return {
    ...{ dimension, maxLength, pooling, normalize, prompts, defaultPromptName },
    ...{ parameterCount, parameterTree, adapter },
  };
}

function trainerDoor(trainer: LocalTrainer): TrainerDoor {
  return proxy({
    local: proxy(trainer),
    measure: (...line: Line<never>) => withLine(line, ({ signal }) => trainer.measure({ signal })),
    train: (settings?: CheckpointSettings, ...line: Line<TrainingEvent | CheckpointNews>) =>
      withLine(line, async ({ signal, onProgress }) => {
        const tell = (news: CheckpointNews) => void onProgress?.(news);
        const checkpoints = settings && {
          ...settings,
          onSaved: (saved: StoredCheckpoint) => tell({ type: 'checkpoint', saved }),
          onNote: (message: string) => tell({ type: 'checkpoint-note', message }),
        };
        for await (const event of trainer.train({ signal, checkpoints }))
          await onProgress?.(transferred(event));
      }),
  });
}

/** Runs `work` with the caller's callback and signal, and releases both when it has ended. */
async function withLine<T, E>(
  [listener, abortPort]: Line<E>,
  work: (line: { onProgress?: (event: E) => Promise<void>; signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  abortPort?.addEventListener('message', () => controller.abort());
  abortPort?.start();
  let delivered: Promise<void> | undefined;
  // The proxy's type depends on E, which is not known here: as a plain function it takes the event and gives a
  // promise.
  const tell = listener as ((event: E) => Promise<void>) | undefined;
  try {
    return await work({
      signal: controller.signal,
      onProgress:
        tell &&
        ((event) => {
          delivered = tell(event);
          return delivered;
        }),
    });
  } finally {
    // Two ports keep no order between them: without this the last events could come after the call's end.
    await delivered;
    listener?.[releaseProxy]();
    abortPort?.close();
  }
}
