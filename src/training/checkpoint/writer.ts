import type { TensorPlan } from '../../files/safetensors/layout.ts';
import { PIECE, SealedDraft } from '../../files/safetensors/sealed.ts';
import { type Block, storageUsage } from '../../gpu/buffers.ts';
import type { Slice } from '../../gpu/commands.ts';
import type { Engine } from '../../gpu/engine.ts';
import { adapterName } from '../../gpu/variants.ts';
import type { ModelState } from '../../model/state.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { version } from '../../version.ts';
import type { Run } from '../step/run.ts';
import { CHECKPOINT_VERSION, keys, type RunHistory, type RunState, tensorNames } from './file.ts';
import { modelIdentity } from './modelIdentity.ts';
import type { PackedOptions } from './packedOptions.ts';

/** Bytes that are read from the GPU at a time. */
const UNDER_WAY = 2 * PIECE;

/** What a checkpoint is written of: a run between two updates. */
export interface Moment {
  core: ModelState;
  run: Run;
  state: Omit<RunState, 'model' | 'changed' | 'kernels' | 'savedAt' | keyof Run['state']>;
  texts: PackedOptions['texts'];
  /** Resolves with the events up to the step, or rejects with a DivergedError. */
  history: Promise<RunHistory>;
}

/**
 * Writes a checkpoint. JavaScript's memory holds some pieces of tensors at a time, and whatever the browser keeps of
 * a Blob.
 * @param onTensorsRead called when all tensors are read; the caller records no update before that. Weight decay that
 * is owed may be applied meanwhile.
 * @throws DivergedError, DeviceLostError, OutOfMemoryError, GpuError
 */
export async function writeCheckpoint(
  { core, run, state, texts, history }: Moment,
  onTensorsRead: () => void,
): Promise<Blob> {
  const { engine } = core;
  const inRun = run.state;
  const changed = core.parameters.names.filter((name) => core.trained.has(name));
  const weights = [
    ...changed.map((name) => ({ name, tensor: core.parameters.get(name) })),
    ...state.heads.flatMap(({ name }) => {
      const { parameters } = core.heads.get(name)!;
      return parameters.names.map((parameter) => ({ name: parameter, tensor: parameters.get(parameter) }));
    }),
  ];
  const draft = new SealedDraft();
  let told: RunHistory;
  const copies = inRun.owesDecay ? new TensorCopies(engine, run.owing) : undefined;
  try {
    // A run that has diverged throws here, before anything is read.
    told = await history;
    const moments = run.moments().map(({ kind, name, tensor }) => ({
      name: tensorNames.moment(kind, name),
      tensor,
    }));
    const owing = inRun.owesDecay ? [{ name: tensorNames.shrinkage, tensor: run.shrinkage }] : [];
    await read(
      engine,
      [...weights, ...owing, ...moments].map(({ name, tensor }) => ({
        plan: { name, dtype: 'F32', shape: tensor.shape },
        slice: { ...(copies?.of(tensor) ?? tensor.slice), bytes: 4 * tensor.size },
      })),
      draft,
    );
  } finally {
    copies?.dispose();
    onTensorsRead();
  }
  const { vocabulary } = run;
  const bytes = new Uint8Array(vocabulary.buffer, vocabulary.byteOffset, vocabulary.byteLength);
  await draft.add({ name: tensorNames.vocabulary, dtype: 'U32', shape: [vocabulary.length] }, bytes.slice());
  await draft.addJson(tensorNames.texts, texts);
  await draft.addJson(tensorNames.history, told);
  const model = await modelIdentity(core);
  const choice = Object.fromEntries(Object.entries(engine.choice).sort());
  const kernels = { adapter: adapterName(engine.adapter), choice };
  const whole: RunState = { ...state, ...inRun, model, changed, kernels, savedAt: Date.now() };
  return draft.finish({
    [keys.version]: CHECKPOINT_VERSION,
    [keys.library]: version,
    [keys.state]: JSON.stringify(whole),
  });
}

/** Copies on the GPU of the tensors that a reader of the model may change between two updates. */
class TensorCopies {
  readonly #engine: Engine;
  readonly #copies = new Map<Tensor, Block>();

  constructor(engine: Engine, tensors: readonly Tensor[]) {
    this.#engine = engine;
    for (const tensor of tensors) {
      const bytes = 4 * tensor.size;
      const block = engine.buffers.allocate(bytes, storageUsage, 'checkpoint');
      this.#copies.set(tensor, block);
      engine.commands.copy({ ...tensor.slice, bytes }, { block, offset: 0, bytes });
    }
  }

  of(tensor: Tensor): Slice | undefined {
    const block = this.#copies.get(tensor);
    return block && { block, offset: 0, bytes: block.bytes };
  }

  dispose(): void {
    const { commands, buffers } = this.#engine;
    for (const block of this.#copies.values()) commands.releaseAfterSubmit(() => buffers.destroy(block));
    commands.submit().catch(() => {});
  }
}

/** Reads tensors piece by piece, in their order. */
async function read(
  engine: Engine,
  tensors: readonly { plan: TensorPlan; slice: Slice }[],
  draft: SealedDraft,
): Promise<void> {
  let group: { plan: TensorPlan; reading: Promise<ArrayBuffer> }[] = [];
  let bytes = 0;
  const take = async () => {
    await engine.commands.submit();
    for (const { plan, reading } of group) await draft.add(plan, new Uint8Array(await reading));
    [group, bytes] = [[], 0];
  };
  for (const { plan, slice } of tensors) {
    for (let at = 0; at < slice.bytes; at += PIECE) {
      const piece = { ...slice, offset: slice.offset + at, bytes: Math.min(PIECE, slice.bytes - at) };
      const reading = engine.commands.read(piece);
      reading.catch(() => {});
      group.push({ plan, reading });
      bytes += piece.bytes;
      if (bytes >= UNDER_WAY) await take();
    }
  }
  await take();
}
