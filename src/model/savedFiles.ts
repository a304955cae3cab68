import { layOutSafetensors, type TensorPlan } from '../files/safetensors/layout.ts';
import type { Head } from '../nn/heads.ts';
import { layoutFiles } from '../repository/layout.ts';
import { modelCard } from '../repository/modelCard.ts';
import predictScript from '../repository/predict.py?raw';
import { headFolders, headsIndex } from '../repository/savedHeads.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { SavedFiles, SaveOptions } from '../types.ts';
import { version } from '../version.ts';
import type { ModelState } from './state.ts';

/** A tensor of a saved file. Its values come from the GPU, or from the checkpoint where `tensor` is left out. */
export interface Source {
  plan: TensorPlan;
  tensor?: Tensor;
}

/** A safetensors file: its header, and the tensors that follow it, in order. */
export interface WeightsFile {
  path: string;
  bytes: number;
  header: Uint8Array<ArrayBuffer>;
  sources: Source[];
}

type Dtype = NonNullable<SaveOptions['dtype']>;

/** Plans the files of a saved model: sentence-transformers' layout, with heads beside it. It reads no weights. */
export function savedModel(core: ModelState, { dtype = 'float32', card = {} }: SaveOptions) {
  const heads = [...core.heads.values()];
  return {
    texts: textFiles(core, heads, dtype, card),
    weights: [encoderFile(core, dtype), ...headFiles(heads, dtype)],
  };
}

function textFiles(
  core: ModelState,
  heads: readonly Head[],
  dtype: Dtype,
  card: NonNullable<SaveOptions['card']>,
): SavedFiles {
  const { repository, small } = core.folder;
  const { dimension, maxLength, pooling, normalize } = repository;
  const files = layoutFiles(small, repository, {
    dtype,
    heads: heads.length > 0 ? headsIndex : undefined,
    version,
  });
  const text = (path: string, content: string) => files.set(path, new TextEncoder().encode(content));
  const json = (path: string, value: unknown) => text(path, `${JSON.stringify(value, null, 2)}\n`);
  const facts = { dimension, maxLength, pooling, normalize, heads, version };
  text('README.md', modelCard(facts, card));
  if (heads.length === 0) return files;
  const folders = headFolders(heads.map(({ name }) => name));
  json(
    headsIndex,
    [...folders].map(([name, folder]) => ({ name, folder })),
  );
  for (const { name, labels, pooling } of heads) {
    json(`heads/${folders.get(name)}/config.json`, { name, labels, pooling, tabgrad: version });
  }
  text('predict.py', predictScript);
  return files;
}

/**
 * Plans the encoder's file: the checkpoint's tensors under its own names and in its order. Tensors that the model
 * does not use are copied as they are.
 */
function encoderFile({ folder, parameters }: ModelState, dtype: Dtype): WeightsFile {
  const { checkpoint, repository, small } = folder;
  const known = new Set(parameters.names);
  const sources = [...checkpoint.tensors.values()]
    .sort((a, b) => a.begin - b.begin)
    .map(({ name, dtype: was, shape }): Source => {
      const parameter = repository.encoder.parameterName(name);
      if (parameter === null || !known.has(parameter)) return { plan: { name, dtype: was, shape } };
      return { plan: { name, dtype: short(dtype), shape }, tensor: parameters.get(parameter) };
    });
  return weightsFile(`${small.transformer}model.safetensors`, sources, {
    ...checkpoint.metadata,
    format: 'pt',
  });
}

function headFiles(heads: readonly Head[], dtype: Dtype): WeightsFile[] {
  const folders = headFolders(heads.map(({ name }) => name));
  return heads.map((head) =>
    weightsFile(
      `heads/${folders.get(head.name)}/model.safetensors`,
      (['weight', 'bias'] as const).map((name) => ({
        plan: { name, dtype: short(dtype), shape: head[name].shape },
        tensor: head[name],
      })),
    ),
  );
}

function weightsFile(
  path: string,
  sources: readonly Source[],
  metadata?: Record<string, string>,
): WeightsFile {
  const { header, places, bytes } = layOutSafetensors(
    sources.map(({ plan }) => plan),
    metadata,
  );
  const byName = new Map(sources.map((source) => [source.plan.name, source]));
  const inOrder = [...places.keys()].map((name) => byName.get(name)!);
  return { path, bytes: header.length + bytes, header, sources: inOrder };
}

function short(dtype: Dtype): 'F32' | 'F16' {
  return dtype === 'float16' ? 'F16' : 'F32';
}
