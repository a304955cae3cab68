import { proxy, releaseProxy, transfer } from 'comlink';
import { TabgradError } from '../errors.ts';
import { partsOf } from '../files/fileParts.ts';
import type { TrainOptions } from '../training/checkpoint/autosave.ts';
import type { RunHistory } from '../training/checkpoint/file.ts';
import type { StoredCheckpoint } from '../training/checkpoint/store.ts';
import type { TrainingEvent } from '../training/events.ts';
import type { TrainerOptions } from '../training/options/options.ts';
import type { TrainingTime } from '../training/planning/measure.ts';
import type { TrainingPlan } from '../training/planning/plan.ts';
import type { LoadOptions, ModelSource, ProgressEvent, TrainableModel } from '../types.ts';
import type {
  CheckpointNews,
  CheckpointSettings,
  ModelFacts,
  RemoteListener,
  TrainerDoor,
  WorkerApi,
} from './api.ts';
import { watchRequests } from './requests.ts';
import { transferPiece } from './savedStream.ts';

/** A trainer of this thread. */
export interface LocalTrainer {
  readonly totalSteps: number;
  plan(): Promise<TrainingPlan>;
  measure(options: { signal?: AbortSignal }): Promise<TrainingTime>;
  readonly history: RunHistory;
  train(options: TrainOptions): AsyncGenerator<TrainingEvent, void, void>;
  checkpoint(): Promise<Blob>;
  saveCheckpoint(): Promise<StoredCheckpoint | undefined>;
  pause(): void;
  resume(): void;
  step(): void;
}

/** What the worker makes, once it is asked to. */
export interface Makers<M extends TrainableModel> {
  load(source: ModelSource, options: LoadOptions): Promise<M>;
  trainer(model: M, options: TrainerOptions): LocalTrainer;
  resume(
    model: M,
    checkpoint: Blob | Uint8Array<ArrayBuffer>,
    options: { signal?: AbortSignal },
  ): Promise<LocalTrainer>;
}

/** The worker's side of the door. */
export function createDoor<M extends TrainableModel>(make: Makers<M>): WorkerApi {
  let model: M | undefined;
  const requestsSince = watchRequests();
  const loaded = (): M => {
    if (!model) throw new TabgradError('The worker holds no model. Call fromPretrained() first.');
    return model;
  };
  return {
    async load(source, settings, onProgress, abortPort) {
      model = await withLine(onProgress, abortPort, (line) => make.load(source, { ...settings, ...line }));
      return factsOf(model);
    },
    async encode(texts, settings, onProgress, abortPort) {
      const result = await withLine(onProgress, abortPort, (line) => {
        const { onProgress: tell, signal } = line;
        const tellRows = tell && ((event: ProgressEvent) => tell(transferRows(event)));
        return loaded().encode(texts, { ...settings, onProgress: tellRows, signal });
      });
      return transfer(result, [result.data.buffer]);
    },
    async countTokens(texts, settings, onProgress, abortPort) {
      return withLine(onProgress, abortPort, ({ signal }) =>
        loaded().countTokens(texts, { ...settings, signal }),
      );
    },
    async addHead(name, options) {
      await loaded().addHead(name, options);
    },
    async removeHead(name) {
      await loaded().removeHead(name);
    },
    async heads() {
      return loaded().heads();
    },
    async predict(texts, onProgress, abortPort) {
      const result = await withLine(onProgress, abortPort, ({ signal }) =>
        loaded().predict(texts, { signal }),
      );
      return transfer(
        result,
        Object.values(result).map(({ probabilities }) => probabilities.data.buffer),
      );
    },
    async parameters() {
      return loaded().parameters();
    },
    async read(name) {
      const values = await loaded().read(name);
      return transfer(values, [values.buffer]);
    },
    async save(settings, onProgress, abortPort) {
      const files = await withLine(onProgress, abortPort, (line) => loaded().save({ ...settings, ...line }));
      return transfer(
        files,
        [...files.values()].map(({ buffer }) => buffer),
      );
    },
    async saveStream(settings, onPart, abortPort) {
      await withLine(onPart, abortPort, async ({ onProgress, signal }) => {
        for await (const part of partsOf(loaded().saveStream({ ...settings, onProgress, signal }))) {
          await onProgress?.(transferPiece(part));
        }
      });
    },
    trainer(options) {
      return trainerDoor(make.trainer(loaded(), options));
    },
    async resumeTrainer(checkpoint, onEvent, abortPort) {
      return withLine(onEvent, abortPort, async ({ signal }) =>
        trainerDoor(await make.resume(loaded(), checkpoint, { signal })),
      );
    },
    async selfTest(settings, onProgress, abortPort) {
      return withLine(onProgress, abortPort, ({ signal }) => loaded().selfTest({ ...settings, signal }));
    },
    async usage() {
      return loaded().usage();
    },
    async requests(since) {
      return requestsSince(since);
    },
    async dispose() {
      await model?.dispose();
      model = undefined;
    },
  };
}

/** The rows that an event brings are a copy for whoever hears of it. */
function transferRows(event: ProgressEvent): ProgressEvent {
  return event.status === 'encode' ? transfer(event, [event.rows.buffer]) : event;
}

/** What an evaluation tells of each text is the page's alone. */
function transferDetails(event: TrainingEvent): TrainingEvent {
  if (event.type !== 'evaluation' || !event.heldOut) return event;
  const { probabilities, embeddings } = event.heldOut;
  const parts = [...Object.values(probabilities), embeddings];
  return transfer(
    event,
    parts.map(({ data }) => data.buffer),
  );
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
    totalSteps: () => trainer.totalSteps,
    plan: () => trainer.plan(),
    measure: (onEvent?: RemoteListener<never>, abortPort?: MessagePort) =>
      withLine(onEvent, abortPort, ({ signal }) => trainer.measure({ signal })),
    train: (
      settings?: CheckpointSettings,
      onEvent?: RemoteListener<TrainingEvent | CheckpointNews>,
      abortPort?: MessagePort,
    ) =>
      withLine(onEvent, abortPort, async ({ signal, onProgress }) => {
        const tell = (news: CheckpointNews) => void onProgress?.(news);
        const checkpoints = settings && {
          ...settings,
          onSaved: (saved: StoredCheckpoint) => tell({ type: 'checkpoint', saved }),
          onNote: (message: string) => tell({ type: 'checkpoint-note', message }),
        };
        for await (const event of trainer.train({ signal, checkpoints }))
          await onProgress?.(transferDetails(event));
      }),
    checkpoint: () => trainer.checkpoint(),
    saveCheckpoint: () => trainer.saveCheckpoint(),
    history: () => trainer.history,
    pause: () => trainer.pause(),
    resume: () => trainer.resume(),
    step: () => trainer.step(),
  });
}

/** Runs `work` with the caller's callback and signal, and lets go of both when it has ended. */
async function withLine<T, E>(
  listener: RemoteListener<E> | undefined,
  abortPort: MessagePort | undefined,
  work: (line: { onProgress?: (event: E) => Promise<void>; signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  abortPort?.addEventListener('message', () => controller.abort());
  abortPort?.start();
  let delivered: Promise<void> | undefined;
  // The proxy's type depends on E, which is not known here: as a plain function it takes the event and gives a promise.
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
