import { similarity } from 'tabgrad';
import { SentenceTransformer } from 'tabgrad/worker';
import { sentences } from './sentences.ts';

const SHOWN = 5;

const form = document.querySelector('form')!;
const input = document.querySelector('input')!;
const button = document.querySelector('button')!;
const status = document.querySelector('[role=status]')!;
const list = document.querySelector('ol')!;

/** A hub id; `?model=` names another one, or the folder of a model on this site. */
const source = new URLSearchParams(location.search).get('model') ?? 'sentence-transformers/all-MiniLM-L6-v2';

function say(text: string): void {
  status.textContent = text;
}

async function start(): Promise<void> {
  const model = await SentenceTransformer.fromPretrained(source, {
    onProgress: (event) => {
      if (event.status === 'progress_total') say(`Loading the model: ${Math.round(event.progress)} %`);
    },
  });
  const corpus = await model.encode(sentences);
  say(`${sentences.length} sentences are ready to be searched.`);
  button.disabled = false;

  /** A newer question makes an older one stop. */
  let asked = new AbortController();
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    try {
      const query = await model.encode([input.value], { signal });
      if (!signal.aborted) show(similarity(query, corpus).data);
    } catch (error) {
      if (!signal.aborted) fail(error);
    }
  });
}

/** @param cosines of the query with each sentence */
function show(cosines: Float32Array): void {
  const best = sentences
    .map((text, i) => ({ text, cosine: cosines[i]! }))
    .sort((a, b) => b.cosine - a.cosine)
    .slice(0, SHOWN);
  list.replaceChildren(
    ...best.map(({ text, cosine }) => {
      const item = document.createElement('li');
      item.textContent = `${text} (${cosine.toFixed(2)})`;
      return item;
    }),
  );
  say(`The ${best.length} nearest of ${sentences.length} sentences, the nearest first.`);
}

function fail(error: unknown): void {
  say(error instanceof Error ? error.message : String(error));
}

start().catch(fail);
