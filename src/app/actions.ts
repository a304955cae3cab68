import type { ProgressEvent } from '../types.ts';
import { SentenceTransformer } from '../worker/client.ts';
import { count, counted, messageOf } from './format.ts';
import { giveUp, isGone, loseModel } from './lost.ts';
import { toSentences } from './sentences.ts';
import {
  encoding,
  load,
  model,
  modelName,
  notice,
  result,
  settings,
  starting,
  tunedSteps,
  usage,
  waiting,
} from './state.ts';

let loading = new AbortController();
let running = new AbortController();

/** Loads the model, then embeds the text that waits for it. */
export async function loadModel(): Promise<void> {
  const mine = new AbortController();
  loading = mine;
  load.value = starting;
  try {
    const loaded = await SentenceTransformer.fromPretrained(`weights/${modelName}`, {
      signal: mine.signal,
      onProgress: (event) => {
        if (!mine.signal.aborted) showLoading(event);
      },
    });
    if (mine.signal.aborted) return void loaded.dispose();
    load.value = { kind: 'ready', model: loaded };
    usage.value = await loaded.usage();
    const text = waiting.value;
    waiting.value = undefined;
    if (text !== undefined) await embed(text);
  } catch (error) {
    if (!mine.signal.aborted) giveUp(error);
  }
}

export function cancelLoading(): void {
  loading.abort();
  waiting.value = undefined;
  notice.value = undefined;
  load.value = { kind: 'stopped' };
}

/** Embeds a text's lines; before the model is there, the text waits. */
export async function embed(text: string): Promise<void> {
  if (encoding.value) return;
  const sentences = toSentences(text);
  if (sentences.length === 0) {
    say('There is nothing to embed yet. Write a sentence in the box, one a line.', true);
    return;
  }
  const ready = model.value;
  if (!ready) {
    if (load.value.kind !== 'loading') return;
    waiting.value = text;
    say('The model is still loading. The sentences are embedded as soon as it is there.');
    return;
  }
  const mine = new AbortController();
  running = mine;
  encoding.value = { done: 0, total: sentences.length };
  say(`Embedding ${counted(sentences.length, 'sentence')} …`);
  try {
    const options = settings.value;
    const start = performance.now();
    const steps = tunedSteps.value;
    const embeddings = await ready.encode(sentences, {
      ...options,
      signal: mine.signal,
      onProgress: (event) => {
        if (event.status === 'encode') encoding.value = { done: event.done, total: event.total };
      },
    });
    const milliseconds = performance.now() - start;
    result.value = { model: nameOf(steps), steps, sentences, embeddings, ...options, milliseconds };
    say(`Embedded ${counted(sentences.length, 'sentence')}.`);
    usage.value = await ready.usage();
  } catch (error) {
    if (mine.signal.aborted) {
      const { done, total } = encoding.value;
      say(`Stopped after ${count(done)} of ${counted(total, 'sentence')}. Nothing was changed.`);
    } else if (isGone(error)) {
      await loseModel(ready, error);
    } else {
      say(messageOf(error), true);
    }
  } finally {
    encoding.value = undefined;
  }
}

/** Takes effect when the batches that the GPU has begun are done. */
export function stopEmbedding(): void {
  running.abort();
  say('Stopping …');
}

export function say(text: string, isError = false): void {
  notice.value = { text, isError };
}

function showLoading(event: ProgressEvent): void {
  const now = load.value;
  if (now.kind !== 'loading') return;
  if (event.status === 'progress_total') {
    load.value = { ...now, loaded: event.loaded, total: event.total };
  } else if (event.status === 'compile') {
    load.value = { ...now, compiled: event.done, kernels: event.total };
  }
}

/** The model as the exported files name it. */
function nameOf(steps: number): string {
  return steps > 0 ? `${modelName} (fine-tuned, ${counted(steps, 'step')})` : modelName;
}
