import { type ScenarioName, SentenceTransformer, Trainer, type TrainerOptions } from '../../worker/client.ts';
import { statistics } from '../embed/statistics.ts';
import { messageOf } from '../format.ts';
import { chosen } from '../model/state.ts';
import { trainedGroups } from './groups.ts';
import { examples, heads, sentences } from './printed.ts';
import { doing, type Encoded, type Freezing, outcome, type Results, results } from './state.ts';

const scenarios: ScenarioName[] = ['frozen', 'heads-only', 'one-head', 'top-layers', 'full', 'layer-wise'];

/** The notebook takes all examples at once: one step is an epoch. */
const common = { examples, batchSize: 'all', epochs: 3, seed: 42 } satisfies TrainerOptions;

let running = new AbortController();

/** Tasks 1 to 4, each training from the published weights: on copies of the model, in workers of their own. */
export async function runNotebook(): Promise<void> {
  if (doing.value !== undefined) return;
  running = new AbortController();
  const { signal } = running;
  results.value = {};
  outcome.value = undefined;
  try {
    await withCopy(signal, async (model) => {
      doing.value = 'Task 1: encoding three sentences';
      add({ encoded: await encode(model, signal) });
      doing.value = 'Task 3: planning each scenario';
      add({ freezing: await planAll(model) });
      doing.value = 'Task 2: training both heads and the encoder';
      add({
        multiTaskLosses: await train(
          model,
          { scenario: 'full', optimizer: 'adam', learningRate: 1e-5 },
          signal,
        ),
      });
    });
    await withCopy(signal, async (model) => {
      doing.value = 'Task 4: training with rates by layer';
      add({ layerWiseLosses: await train(model, { scenario: 'layer-wise', optimizer: 'adamw' }, signal) });
    });
    outcome.value = { text: 'All four tasks are done.', isError: false };
  } catch (error) {
    outcome.value = signal.aborted
      ? { text: 'Stopped.', isError: false }
      : { text: `${doing.value ?? 'The notebook'} failed: ${messageOf(error)}`, isError: true };
  } finally {
    doing.value = undefined;
  }
}

export function stopNotebook(): void {
  running.abort();
}

function add(some: Results): void {
  results.value = { ...results.value, ...some };
}

async function withCopy(
  signal: AbortSignal,
  work: (model: SentenceTransformer) => Promise<void>,
): Promise<void> {
  doing.value = 'Loading a copy of the model';
  const model = await SentenceTransformer.fromPretrained(chosen.value.source, {
    ...(chosen.value.revision && { revision: chosen.value.revision }),
    signal,
  });
  try {
    for (const [i, [name, labels]] of Object.entries(heads).entries()) {
      await model.addHead(name, { labels, pooling: 'cls', seed: 42 + i });
    }
    await work(model);
  } finally {
    await model.dispose();
  }
}

/** The notebook averages over all tokens, padding too, and leaves the length as it is. */
async function encode(model: SentenceTransformer, signal: AbortSignal): Promise<Encoded> {
  const { data, shape } = await model.encode(sentences, {
    pooling: 'mean-with-padding',
    normalize: false,
    signal,
  });
  const rows = sentences.map((_, i) => statistics(data.subarray(i * shape[1], (i + 1) * shape[1])));
  return {
    shape,
    means: rows.map(({ mean }) => mean),
    deviations: rows.map(({ deviation }) => deviation),
  };
}

async function train(
  model: SentenceTransformer,
  options: Partial<TrainerOptions>,
  signal: AbortSignal,
): Promise<number[]> {
  const losses: number[] = [];
  for await (const event of new Trainer(model, { ...common, ...options }).train({ signal })) {
    if (event.type === 'step') losses.push(event.loss);
  }
  return losses;
}

async function planAll(model: SentenceTransformer): Promise<Freezing[]> {
  const all: Freezing[] = [];
  for (const scenario of scenarios) {
    try {
      const { trainable, parameters } = await new Trainer(model, { ...common, scenario }).plan();
      all.push({ scenario, trainable, groups: trainedGroups(parameters) });
    } catch (error) {
      if (scenario !== 'frozen') throw error;
      all.push({ scenario, trainable: 0, groups: 'nothing', refusal: messageOf(error) });
    }
  }
  return all;
}
