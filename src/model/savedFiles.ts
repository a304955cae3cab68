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

type SavedHead = readonly [folder: string, Head];

/** Plans the files of a saved model: sentence-transformers' layout, with heads beside it. It reads no weights. */
export function savedModel(core: ModelState, { dtype = 'float32', card = {} }: SaveOptions) {
  const short = dtype === 'float16' ? 'F16' : 'F32';
  const folders = headFolders([...core.heads.keys()]);
  const heads = [...core.heads.values()].map((head): SavedHead => [folders.get(head.name)!, head]);
  return {
    texts: textFiles(core, heads, dtype, card),
    weights: [encoderFile(core, short), ...heads.map((head) => headFile(head, short))],
  };
}

function textFiles(
  { folder }: ModelState,
  saved: readonly SavedHead[],
  dtype: NonNullable<SaveOptions['dtype']>,
  card: NonNullable<SaveOptions['card']>,
): SavedFiles {
  const { repository, small } = folder;
  const heads = saved.map(([, head]) => head);
  const index = heads.length > 0 ? headsIndex : undefined;
  const files = layoutFiles(small, repository, { dtype, heads: index, version });
  const text = (path: string, content: string) => files.set(path, new TextEncoder().encode(content));
  const json = (path: string, value: unknown) => text(path, `${JSON.stringify(value, null, 2)}\n`);
  text('README.md', modelCard({ ...repository, heads, version }, card));
  if (!index) return files;
  const entries = saved.map(([folder, { name }]) => ({ name, folder }));
  json(index, entries);
  for (const [folder, { name, labels, pooling }] of saved) {
    json(`heads/${folder}/config.json`, { name, labels, pooling, tabgrad: version });
  }
  text('predict.py', predictScript);
  return files;
}

/** Plans the encoder's file: the checkpoint's names and order. Tensors that the model does not use are copied. */
function encoderFile({ folder, parameters }: ModelState, dtype: 'F32' | 'F16'): WeightsFile {
  const { checkpoint, repository, small } = folder;
  const known = new Set(parameters.names);
  const sources = [...checkpoint.tensors.values()]
    .sort((a, b) => a.begin - b.begin)
    .map(({ name, dtype: was, shape }): Source => {
      const parameter = repository.encoder.parameterName(name);
      if (parameter === null || !known.has(parameter)) return { plan: { name, dtype: was, shape } };
      return { plan: { name, dtype, shape }, tensor: parameters.get(parameter) };
    });
  const metadata = { ...checkpoint.metadata, format: 'pt' };
  return weightsFile(`${small.transformer}model.safetensors`, sources, metadata);
}

function headFile([folder, head]: SavedHead, dtype: 'F32' | 'F16'): WeightsFile {
  const sources = (['weight', 'bias'] as const).map((name) => {
    return { plan: { name, dtype, shape: head[name].shape }, tensor: head[name] };
  });
  return weightsFile(`heads/${folder}/model.safetensors`, sources);
}

function weightsFile(
  path: string,
  sources: readonly Source[],
  metadata?: Record<string, string>,
): WeightsFile {
  const plans = sources.map(({ plan }) => plan);
  const { header, places, bytes } = layOutSafetensors(plans, metadata);
  const byName = new Map(sources.map((source) => [source.plan.name, source]));
  const inOrder = [...places.keys()].map((name) => byName.get(name)!);
  return { path, bytes: header.length + bytes, header, sources: inOrder };
}
