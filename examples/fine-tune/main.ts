import type { Predictions } from 'tabgrad';
import { SentenceTransformer, Trainer, zipModel } from 'tabgrad/worker';
import { examples, heads } from './examples.ts';

const find = <E extends Element>(selector: string) => document.querySelector<E>(selector)!;
const train = find<HTMLButtonElement>('#train');
const download = find<HTMLButtonElement>('#download');
const predict = find<HTMLButtonElement>('#predict');
const form = find<HTMLFormElement>('form');
const input = find<HTMLInputElement>('input');
const output = find<HTMLOutputElement>('output');
const status = find('[role=status]');
const losses = find<HTMLTableSectionElement>('tbody');

/** A hub id; `?model=` names another one, or the folder of a model on this site. */
const source = new URLSearchParams(location.search).get('model') ?? 'sentence-transformers/all-MiniLM-L6-v2';

function say(text: string): void {
  status.textContent = text;
}

/** Runs what a button stands for, the buttons locked meanwhile, and says what went wrong. */
async function busy(buttons: HTMLButtonElement[], work: () => Promise<void>): Promise<void> {
  for (const button of buttons) button.disabled = true;
  try {
    await work();
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

async function start(): Promise<void> {
  const model = await SentenceTransformer.fromPretrained(source, {
    onProgress: (event) => {
      if (event.status === 'progress_total') say(`Loading the model: ${Math.round(event.progress)} %`);
    },
  });
  say('The model is here.');
  train.disabled = false;

  train.addEventListener('click', () =>
    busy([train, download, predict], async () => {
      losses.replaceChildren();
      // From the embeddings upwards the layers learn faster; the heads learn fastest.
      const trainer = new Trainer(model, {
        examples,
        heads,
        scenario: 'layer-wise',
        epochs: 5,
        batchSize: 4,
      });
      for await (const event of trainer.train()) {
        if (event.type !== 'step') continue;
        say(`Update ${event.step} of ${event.totalSteps}`);
        const row = losses.insertRow();
        row.insertCell().textContent = String(event.step);
        for (const task of Object.keys(heads)) {
          row.insertCell().textContent = event.losses[task]?.toFixed(4) ?? '';
        }
      }
      say('Trained. Try a sentence, or take the model home.');
    }),
  );

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    busy([predict], async () => {
      output.textContent = describe(await model.predict([input.value]));
    });
  });

  download.addEventListener('click', () =>
    busy([train, download], async () => {
      say('Making the zip …');
      const zip = await zipModel(await model.save(), 'my-model');
      const link = document.createElement('a');
      link.href = URL.createObjectURL(zip);
      link.download = 'my-model.zip';
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      say(`my-model.zip: ${Math.round(zip.size / 1e6)} MB.`);
    }),
  );
}

/** The likeliest class of each head: "topic: billing (93 %), sentiment: negative (88 %)". */
function describe(predictions: Predictions): string {
  const parts = Object.entries(predictions).map(([head, { labels, probabilities }]) => {
    const highest = Math.max(...probabilities.data);
    return `${head}: ${labels[probabilities.data.indexOf(highest)]} (${Math.round(100 * highest)} %)`;
  });
  return parts.join(', ');
}

start().catch((error: unknown) => say(String(error)));
