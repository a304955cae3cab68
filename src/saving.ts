import { checkUsable, endCall, type ModelCore } from './core.ts';
import { ArgumentError, TabgradError, throwIfAborted } from './errors.ts';
import { type Block, storageUsage } from './gpu/buffers.ts';
import type { Head } from './nn/heads.ts';
import { type Tensor, toFloats, view } from './tensor/tensor.ts';
import type { SavedFiles, SaveOptions } from './types.ts';
import { version } from './version.ts';
import { MOST_FLOAT16 } from './weights/dtype.ts';
import { modelCard } from './weights/exportCard.ts';
import { headFolders, headsIndex } from './weights/exportHeads.ts';
import { layoutFiles } from './weights/exportLayout.ts';
import { mapNames } from './weights/names.ts';
import predictScript from './weights/predict.py?raw';
import { draftSafetensors, type SafetensorsDraft, type TensorPlan } from './weights/safetensorsWriter.ts';

/** A tensor of a file, and where its numbers come from: the GPU, or the checkpoint as it is. */
interface Source {
  plan: TensorPlan;
  tensor?: Tensor;
}

interface WeightsFile {
  path: string;
  draft: SafetensorsDraft;
  sources: Source[];
}

type Dtype = NonNullable<SaveOptions['dtype']>;

/**
 * A model as files: the layout of sentence-transformers, with heads beside it. In memory are the files and one tensor.
 * While a training runs, the weights are those of one moment: the GPU copies them first.
 * @throws TabgradError when a training begins meanwhile
 * @throws ArgumentError for an option that does not work, or a weight too large for float16
 * @throws AbortError, DeviceLostError, OutOfMemoryError, GpuError
 */
export async function saveModel(core: ModelCore, options: SaveOptions): Promise<SavedFiles> {
  const { dtype = 'float32', card = {}, onProgress, signal } = checkOptions(options);
  throwIfAborted(signal);
  const heads = [...core.heads.values()];
  const files = textFiles(core, heads, dtype, card);
  const weights = [encoderFile(core, dtype), ...headFiles(heads, dtype)];
  for (const { path, draft } of weights) files.set(path, draft.file);

  const total = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  let done = total - weights.reduce((sum, { draft }) => sum + draft.file.length, 0);
  const tell = (bytes: number) => {
    done += bytes;
    onProgress?.({ status: 'save', done, total });
  };
  tell(0);
  const isTraining = core.beforeRead !== undefined;
  const frozen = new Frozen(core, isTraining ? weights : []);
  core.calls += 1;
  try {
    for (const { draft, sources } of weights) {
      for (const { plan, tensor } of sources) {
        throwIfAborted(signal);
        const values = await (tensor ? frozen.read(tensor) : core.folder.checkpoint.bytes(plan.name));
        if (core.beforeRead && !isTraining) throw trainedMeanwhile();
        if (plan.dtype === 'F16' && values instanceof Float32Array) expectFits(plan.name, values);
        tell(draft.write(plan.name, values));
      }
    }
  } finally {
    frozen.dispose();
    endCall(core);
  }
  throwIfAborted(signal);
  tell(total - done);
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Everything but weights. */
function textFiles(
  core: ModelCore,
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

/** The checkpoint's tensors by its own names and in its order; those that the model does not use as they were. */
function encoderFile({ folder, parameters }: ModelCore, dtype: Dtype): WeightsFile {
  const { checkpoint, small } = folder;
  const parameterOf = new Map([...mapNames(checkpoint.tensors.keys())].map(([name, own]) => [own, name]));
  const known = new Set(parameters.names);
  const sources = [...checkpoint.tensors.values()]
    .sort((a, b) => a.begin - b.begin)
    .map(({ name, dtype: was, shape }): Source => {
      const parameter = parameterOf.get(name);
      if (parameter === undefined || !known.has(parameter)) return { plan: { name, dtype: was, shape } };
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

function weightsFile(path: string, sources: Source[], metadata?: Record<string, string>): WeightsFile {
  const plans = sources.map(({ plan }) => plan);
  return { path, draft: draftSafetensors(plans, metadata), sources };
}

/** Tensors to read one at a time; given files of a model in training, copies of them, made at once. */
class Frozen {
  readonly #core: ModelCore;
  readonly #copies = new Map<Tensor, { tensor: Tensor; block: Block }>();

  constructor(core: ModelCore, files: readonly WeightsFile[]) {
    this.#core = core;
    const { engine } = core;
    core.beforeRead?.();
    try {
      for (const { tensor } of files.flatMap(({ sources }) => sources)) {
        if (!tensor) continue;
        const { bytes } = tensor.slice;
        const block = engine.buffers.allocate(bytes, storageUsage, 'saved');
        this.#copies.set(tensor, { block, tensor: view(engine, { block, offset: 0, bytes }, tensor.shape) });
        engine.commands.copy(tensor.slice, { block, offset: 0, bytes });
      }
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  async read(tensor: Tensor): Promise<Float32Array<ArrayBuffer>> {
    checkUsable(this.#core);
    const reading = toFloats(this.#copies.get(tensor)?.tensor ?? tensor);
    reading.catch(() => {});
    await this.#core.engine.commands.submit();
    return reading;
  }

  dispose(): void {
    const { engine, disposed } = this.#core;
    if (disposed) return;
    for (const { block } of this.#copies.values()) {
      // What is recorded and not yet submitted may still use it.
      engine.commands.releaseAfterSubmit(() => engine.buffers.destroy(block));
    }
    this.#copies.clear();
    engine.commands.submit().catch(() => {});
  }
}

function checkOptions(options: SaveOptions): SaveOptions {
  const { dtype, card } = options;
  if (dtype !== undefined && dtype !== 'float32' && dtype !== 'float16') {
    throw new ArgumentError(`save(): dtype is ${JSON.stringify(dtype)}. Use 'float32' or 'float16'.`, {
      argument: 'dtype',
    });
  }
  const isObject = card === undefined || (typeof card === 'object' && card !== null);
  if (!isObject || (card?.baseModel !== undefined && typeof card.baseModel !== 'string')) {
    throw new ArgumentError('save(): card is no object, or its baseModel no text.', { argument: 'card' });
  }
  return options;
}

function expectFits(name: string, values: Float32Array): void {
  const position = values.findIndex((value) => Math.abs(value) > MOST_FLOAT16);
  if (position === -1) return;
  throw new ArgumentError(
    `save(): ${name} has the value ${values[position]}, more than float16 holds (${MOST_FLOAT16}). Save as float32.`,
    { argument: 'dtype', parameter: name },
  );
}

function trainedMeanwhile(): TabgradError {
  return new TabgradError(
    'save(): a training began meanwhile. Save again: the weights are then of one moment.',
  );
}

function short(dtype: Dtype): 'F32' | 'F16' {
  return dtype === 'float16' ? 'F16' : 'F32';
}
