import { effect, untracked } from '@preact/signals';
import { count, counted, messageOf } from '../format.ts';
import { aboutToGo } from '../model/busy.ts';
import { isGone, loseModel } from '../model/lost.ts';
import { chosen, load, model, tunedSteps, usage } from '../model/state.ts';
import { toSentences } from './sentences/sentences.ts';
import { encoding, notice, result, settings, waiting } from './state.ts';

let running = new AbortController();

/** Embeds the lines of a text. A text that comes before the model waits for it. */
export async function embed(text: string): Promise<void> {
  if (encoding.value) return;
  const sentences = toSentences(text);
  if (sentences.length === 0) {
    return say('There is nothing to embed yet. Write a sentence in the box, one a line.', true);
  }
  const ready = model.value;
  if (!ready) {
    if (load.value.kind !== 'loading') return;
    waiting.value = text;
    return say('The model is still loading. The sentences are embedded as soon as it is there.');
  }
  const going = aboutToGo();
  if (going) return say(going, true);
  const mine = new AbortController();
  running = mine;
  say(`Embedding ${counted(sentences.length, 'sentence')} …`);
  try {
    encoding.value = {
      sentences,
      done: 0,
      data: new Float32Array(sentences.length * ready.dimension),
      isThere: new Uint8Array(sentences.length),
    };
    const options = settings.value;
    const start = performance.now();
    const steps = tunedSteps.value;
    const embeddings = await ready.encode(sentences, {
      ...options,
      signal: mine.signal,
      onProgress: (event) => {
        if (event.status === 'encode') take(event.done, event.first, event.rows);
      },
    });
    const milliseconds = performance.now() - start;
    const model =
      steps > 0 ? `${chosen.value.name} (fine-tuned, ${counted(steps, 'step')})` : chosen.value.name;
    result.value = { model, encoder: ready, steps, sentences, embeddings, ...options, milliseconds };
    say(`Embedded ${counted(sentences.length, 'sentence')}.`);
    usage.value = await ready.usage();
  } catch (error) {
    if (mine.signal.aborted) {
      const done = encoding.value?.done ?? 0;
      say(`Stopped after ${count(done)} of ${counted(sentences.length, 'sentence')}. Nothing was changed.`);
    } else if (isGone(error)) {
      await loseModel(ready, error);
    } else {
      say(messageOf(error), true);
    }
  } finally {
    encoding.value = undefined;
  }
}

function take(done: number, first: number, rows: Float32Array): void {
  const now = encoding.value;
  if (!now) return;
  const dimension = now.data.length / now.sentences.length;
  now.data.set(rows, first * dimension);
  now.isThere.fill(1, first, first + rows.length / dimension);
  // The arrays are large, so they stay; the object around them is new.
  encoding.value = { ...now, done };
}

/** Stops the embedding once the batches that the GPU has begun are done. */
export function stopEmbedding(): void {
  running.abort();
  say('Stopping …');
}

export function say(text: string, isError = false): void {
  notice.value = { text, isError };
}

/** Embeds the text that waits once the model is there, and forgets it where none comes. */
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
