import { releaseProxy, transfer } from 'comlink';
import { TabgradError } from '../errors.ts';
import type { EncoderModel, LoadOptions, ModelSource, OnProgress } from '../types.ts';
import type { ModelFacts, RemoteProgress, WorkerApi } from './api.ts';

type Load = (source: ModelSource, options: LoadOptions) => Promise<EncoderModel>;

/** The worker's side of the door. */
export function createDoor(load: Load): WorkerApi {
  let model: EncoderModel | undefined;
  const loaded = (): EncoderModel => {
    if (!model) throw new TabgradError('The worker holds no model. Call fromPretrained() first.');
    return model;
  };
  return {
    async load(source, onProgress, abortPort) {
      model = await withLine(onProgress, abortPort, (line) => load(source, line));
      return factsOf(model);
    },
    async encode(texts, settings, onProgress, abortPort) {
      const result = await withLine(onProgress, abortPort, (line) =>
        loaded().encode(texts, { ...settings, ...line }),
      );
      return transfer(result, [result.data.buffer]);
    },
    async usage() {
      return loaded().usage();
    },
    async dispose() {
      await model?.dispose();
      model = undefined;
    },
  };
}

function factsOf(model: EncoderModel): ModelFacts {
  const { dimension, maxLength, pooling, normalize, parameterCount, adapter } = model;
  return { dimension, maxLength, pooling, normalize, parameterCount, adapter };
}

/** Runs `work` with the caller's callback and signal, and lets go of both when it has ended. */
async function withLine<T>(
  onProgress: RemoteProgress | undefined,
  abortPort: MessagePort | undefined,
  work: (line: { onProgress?: OnProgress; signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  abortPort?.addEventListener('message', () => controller.abort());
  abortPort?.start();
  let delivered: Promise<void> | undefined;
  try {
    return await work({
      signal: controller.signal,
      onProgress:
        onProgress &&
        ((event) => {
          delivered = onProgress(event);
        }),
    });
  } finally {
    // Two ports keep no order between them: without this the last events could come after the call's end.
    await delivered;
    onProgress?.[releaseProxy]();
    abortPort?.close();
  }
}
