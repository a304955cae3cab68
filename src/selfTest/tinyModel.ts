import { readEncoder } from '../architectures/families.ts';
import { forwardBatch } from '../model/forward.ts';
import { ModelState } from '../model/state.ts';
import { normalize } from '../ops/normalize.ts';
import { pool } from '../ops/pooling.ts';
import { Adam } from '../optim/adam.ts';
import { Trainable } from '../optim/trainable.ts';
import { scope } from '../tensor/scope.ts';
import { toFloats } from '../tensor/tensor.ts';
import { planBatches } from '../text/batch.ts';
import { sequencesOf, type TokenizedExample, usedTokens } from '../training/batches/tokenizedExample.ts';
import { headsLoss } from '../training/losses/crossEntropy.ts';
import { recordBatch } from '../training/step/batchPasses.ts';
import { Gradients, trainedOf } from '../training/step/gradients.ts';
import { differenceFrom } from './sketch.ts';
import type { StoredCase } from './stored.ts';

/** As scripts/fixtures/selfTest.py has it; ids begin at 1, so none is padding. */
const encoder = readEncoder({
  model_type: 'bert',
  hidden_size: 64,
  num_attention_heads: 2,
  num_hidden_layers: 2,
  intermediate_size: 96,
  vocab_size: 50,
  max_position_embeddings: 48,
  type_vocab_size: 2,
});
const heads = [
  { name: 'topic', labels: ['a', 'b', 'c'], pooling: 'cls' },
  { name: 'sentiment', labels: ['x', 'y'], pooling: 'mean' },
] as const;
const setting = { rate: 1e-2, weightDecay: 0.05 };
const options = { kind: 'adamw', eps: 1e-3, clipNorm: 1 } as const;

/** Differences of the tiny model from the stored results, in the unit of {@link differenceFrom}. */
export interface ModelDifferences {
  /** The difference of the normalized embeddings. */
  embedding: number;
  /** The difference of the losses of both heads. */
  loss: number;
  /** The largest of the gradients', their norm's and the updated weights'. */
  gradient: number;
}

/**
 * Embeds three texts with a tiny BERT of seeded weights and takes a step of AdamW with two heads, all as one submit.
 * @param core the model whose GPU and kernels are used; nothing of it is touched
 * @param trains whether the step is taken; its differences are 0 where it is not
 */
export async function tinyModelDifferences(
  core: ModelState,
  stored: StoredCase,
  trains: boolean,
): Promise<ModelDifferences> {
  const { engine } = core;
  const tiny = tinyCore(core, stored);
  const cleanups = [() => tiny.free()];
  try {
    const examples = examplesOf(stored);
    const embedding = embed(tiny, examples);
    const step = trains ? takeStep(tiny, examples, stored, cleanups) : undefined;
    const all = Promise.all([embedding, step?.losses, step?.gradients]);
    // If the submit fails, its error is the one that is thrown.
    all.catch(() => {});
    await engine.commands.submit();
    const [vectors, losses, gradients] = await all;
    return {
      embedding: differenceFrom(stored.result('embedding'), vectors),
      loss: losses ? differenceFrom(stored.result('losses'), Float32Array.from(losses)) : 0,
      gradient: gradients ? Math.max(...gradients) : 0,
    };
  } finally {
    for (const clean of cleanups) clean();
  }
}

function tinyCore(core: ModelState, stored: StoredCase): ModelState {
  const { engine, folder } = core;
  const tiny = new ModelState({
    engine,
    folder: { ...folder, repository: { ...folder.repository, encoder } },
    runs: encoder.parameters(new Set()),
    dense: [],
    heads: heads.map(({ name, ...head }) => {
      const [weight, bias] = ['weight', 'bias'].map((part) => stored.input(`heads.${name}.${part}`).data);
      return [name, { ...head, weight, bias }];
    }),
  });
  for (const name of tiny.parameters.names) tiny.parameters.write(name, stored.input(name).data);
  return tiny;
}

function examplesOf(stored: StoredCase): TokenizedExample[] {
  const ids = [...stored.integers('ids')];
  return stored.integers('lengths').map((length, index) => {
    const labels = heads
      .map(({ name }) => [name, stored.integers(name)[index]!] as const)
      .filter(([, label]) => label >= 0);
    const targets = Object.fromEntries(labels);
    return { index, texts: { text: '' }, targets, ids: { text: ids.splice(0, length) } };
  });
}

function embed(core: ModelState, examples: readonly TokenizedExample[]): Promise<Float32Array> {
  const [batch] = planBatches(sequencesOf(examples, ['text']), { maxTokens: 128 });
  return scope(core.engine, () => {
    const { hidden, packed } = forwardBatch(core, batch!);
    return toFloats(normalize(pool(hidden, packed, 'mean')));
  });
}

function takeStep(
  core: ModelState,
  examples: readonly TokenizedExample[],
  stored: StoredCase,
  cleanups: (() => void)[],
): { losses: Promise<number[]>; gradients: Promise<number[]> } {
  const { engine } = core;
  const settings = new Map(core.allParameters.map(({ name }) => [name, setting]));
  const parameters = trainedOf(
    core.allParameters,
    core,
    { settings, kind: options.kind },
    usedTokens(examples),
  );
  const trainable = new Trainable(engine, parameters);
  const gradients = new Gradients(core, trainable, parameters);
  cleanups.push(
    () => gradients.dispose(),
    () => trainable.dispose(),
  );
  const adam = new Adam(trainable, settings, options);

  gradients.startUpdate();
  const loss = headsLoss({ training: examples, heads });
  const losses = recordBatch(core, loss, examples, { leaves: gradients.leaves, share: 1 });
  gradients.finish();
  adam.step();
  adam.finish();

  const tensors = new Map(parameters.map(({ name, tensor }) => [name, tensor]));
  const compared = [
    { tensor: trainable.status, result: stored.result('norm') },
    ...stored.resultsOf('gradient.').map(([name, result]) => ({ tensor: trainable.gradient(name), result })),
    ...stored.resultsOf('weight.').map(([name, result]) => ({ tensor: tensors.get(name)!, result })),
  ].map(async ({ tensor, result }) => differenceFrom(result, await toFloats(tensor)));
  return { losses: Promise.all(losses.map(({ value }) => value)), gradients: Promise.all(compared) };
}
