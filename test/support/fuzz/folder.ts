import fc from 'fast-check';
import { readBertConfig } from '../../../src/architectures/bert/config.ts';
import { ModelFormatError } from '../../../src/errors.ts';
import { SentenceTransformer } from '../../../src/model/sentenceTransformer.ts';
import { fileOf } from '../safetensorsBytes.ts';
import { byteChange, changed } from './bytes.ts';
import { changedFiles, type Family } from './hunt.ts';
import { changedJson, jsonChange } from './jsonTree.ts';
import { type Files, models } from './models.ts';
import { taken } from './safetensors.ts';
import { stillGpu } from './stillGpu.ts';

const encoder = new TextEncoder();
export const isTokenizers = (path: string) => /token|vocab/.test(path);

/**
 * Whole models, of which one file is mutated, or two: the settings here, in {@link tokenizer} those of the tokenizer.
 */
export function mutatedModels(
  seeds: readonly Files[],
  isMutated: (path: string) => boolean,
): fc.Arbitrary<Files> {
  return fc.oneof(
    ...seeds.map((seed) => {
      const paths = Object.keys(seed).filter(isMutated);
      const parsed = new Map(
        paths.map((path) => [path, path.endsWith('.json') ? parse(seed[path]!) : undefined]),
      );
      const change = fc.record({
        path: fc.constantFrom(...paths),
        json: fc.array(jsonChange, { minLength: 1, maxLength: 2 }),
        bytes: fc.array(byteChange, { minLength: 1, maxLength: 3 }),
        how: fc.nat(19),
      });
      return fc.array(change, { minLength: 1, maxLength: 2 }).map((changes) => {
        const files = { ...seed };
        for (const { path, json, bytes, how } of changes) {
          const file = files[path];
          const value = parsed.get(path);
          if (!file) continue;
          if (how === 0) delete files[path];
          else if (how > 15 || path.endsWith('.txt')) files[path] = changed(file, bytes, [seed[paths[0]!]!]);
          else if (value === undefined) {
            const { header, data } = taken(seed[path]!);
            files[path] = fileOf(encoder.encode(changedJson(header, json)), data);
          } else files[path] = Uint8Array.from(encoder.encode(changedJson(value, json)));
        }
        return files;
      });
    }),
  );
}

function parse(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}

export function sizeOf(files: Files): number {
  return Object.values(files).reduce((sum, { length }) => sum + length, 0);
}

/** Loads a model through its public door, and looks at what came of it. */
export async function load(files: Files): Promise<SentenceTransformer> {
  const model = await SentenceTransformer.fromPretrained(files, { gpu: stillGpu() });
  const { dimension, maxLength, pooling, core } = model;
  const { encoder } = core.folder.repository;
  const config = JSON.parse(new TextDecoder().decode(files['config.json']!));
  const isRight =
    encoder.hiddenSize === config.hidden_size &&
    encoder.layers === config.num_hidden_layers &&
    encoder.vocabularySize === config.vocab_size &&
    encoder.maxPositions === config.max_position_embeddings &&
    readBertConfig(config).layerNormEps === (config.layer_norm_eps ?? 1e-12) &&
    maxLength >= 2 &&
    maxLength <= encoder.maxPositions &&
    dimension === (core.dense.at(-1)?.bias.shape[0] ?? encoder.hiddenSize) &&
    ['mean', 'cls', 'max'].includes(pooling);
  if (!isRight) throw new Error('The model is another than config.json says.');
  return model;
}

export async function folder(fixtures: string): Promise<Family<Files>> {
  const { dense, sharded } = await models(fixtures);
  return {
    name: 'folder',
    inputs: mutatedModels([dense, sharded], (path) => !isTokenizers(path)),
    size: sizeOf,
    async read(files) {
      const model = await load(files);
      const { data, shape } = await model.encode(['some words']);
      if (data.length !== model.dimension || shape.join() !== `1,${model.dimension}`)
        throw new Error('The vector has another length.');
      for (const { name, labels } of model.heads())
        if (typeof name !== 'string' || labels.some((label) => typeof label !== 'string'))
          throw new Error('A head has no names.');
      const parts = [model.pooling, model.normalize ? 'normalized' : 'as it is', `${model.dimension}`];
      await model.dispose();
      return parts.join(', ');
    },
    show: (files) => changedFiles(files, [dense, sharded]),
    refusals: [ModelFormatError],
    names: /\.(json|safetensors|txt)|The head "|The checkpoint /,
  };
}
