import { batch, effect, untracked } from '@preact/signals';
import { count, counted, messageOf } from '../format.ts';
import { aboutToGo } from '../model/busy.ts';
import { isGone, loseModel } from '../model/lost.ts';
import { load, model, modelName, tunedSteps, usage } from '../model/state.ts';
import { toSentences } from './sentences/sentences.ts';
import { encoding, notice, partial, result, settings, waiting } from './state.ts';

let running = new AbortController();

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
  const going = aboutToGo();
  if (going) {
    say(going, true);
    return;
  }
  const mine = new AbortController();
  running = mine;
  encoding.value = { done: 0, total: sentences.length };
  say(`Embedding ${counted(sentences.length, 'sentence')} …`);
  try {
    partial.value = {
      sentences,
      data: new Float32Array(sentences.length * ready.dimension),
      dimension: ready.dimension,
      isThere: new Uint8Array(sentences.length),
    };
    const options = settings.value;
    const start = performance.now();
    const steps = tunedSteps.value;
    const embeddings = await ready.encode(sentences, {
      ...options,
      signal: mine.signal,
      onProgress: (event) => {
        if (event.status !== 'encode') return;
        encoding.value = { done: event.done, total: event.total };
        take(event.first, event.rows);
      },
    });
    const milliseconds = performance.now() - start;
    result.value = {
      model: nameOf(steps),
      encoder: ready,
      steps,
      sentences,
      embeddings,
      ...options,
      milliseconds,
    };
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
    batch(() => {
      encoding.value = undefined;
      partial.value = undefined;
    });
  }
}

/** Puts the rows of a batch where they belong. */
function take(first: number, rows: Float32Array): void {
  const now = partial.value;
  if (!now || rows.length === 0) return;
  now.data.set(rows, first * now.dimension);
  now.isThere.fill(1, first, first + rows.length / now.dimension);
  // The same arrays, as they are large: the object around them is what is new.
  partial.value = { ...now };
}

/** Takes effect when the batches that the GPU has begun are done. */
export function stopEmbedding(): void {
  running.abort();
  say('Stopping …');
}

export function say(text: string, isError = false): void {
  notice.value = { text, isError };
}

/** The model as the exported files name it. */
function nameOf(steps: number): string {
  return steps > 0 ? `${modelName.value} (fine-tuned, ${counted(steps, 'step')})` : modelName.value;
}

/** Embeds the text that waits, once the model is there; where none comes, it waits no longer. */
export function embedWaiting(): void {
  effect(() => {
    const { kind } = load.value;
    if (kind === 'loading') return;
    const text = waiting.peek();
    waiting.value = undefined;
    if (kind !== 'ready') notice.value = undefined;
    else if (text !== undefined) untracked(() => void embed(text));
  });
}
