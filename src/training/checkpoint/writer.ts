import type { TensorPlan } from '../../files/safetensors/layout.ts';
import { PIECE, SealedDraft } from '../../files/safetensors/sealed.ts';
import type { Slice } from '../../gpu/commands.ts';
import type { Engine } from '../../gpu/engine.ts';
import { adapterName } from '../../gpu/variants.ts';
import type { ModelState } from '../../model/state.ts';
import { TensorCopies } from '../../model/tensorCopies.ts';
import { headParameters } from '../../nn/headParameters.ts';
import { version } from '../../version.ts';
import type { Run } from '../step/run.ts';
import { CHECKPOINT_VERSION, keys, type RunHistory, type RunState, runTensors, tensorNames } from './file.ts';
import { modelIdentity } from './modelIdentity.ts';
import type { PackedOptions } from './packedOptions.ts';

const UNDER_WAY = 2 * PIECE;

/** A run between two updates, which a checkpoint is written of. */
export interface Moment {
  core: ModelState;
  run: Run;
  state: Omit<RunState, 'model' | 'changed' | 'kernels' | 'savedAt' | keyof Run['state']>;
  texts: PackedOptions['texts'];
  /** Resolves with the events up to the step, or rejects with a DivergedError. */
  history: Promise<RunHistory>;
}

/**
 * Writes a checkpoint. Memory holds some pieces of tensors at a time, and whatever the browser keeps of a Blob.
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
  const written = new Set([
    ...changed,
    ...state.heads.flatMap(({ name }) => Object.values(headParameters(name))),
  ]);
  const weights = core.allParameters.filter(({ name }) => written.has(name));
  const draft = new SealedDraft();
  let told: RunHistory;
  // A reader of the model may settle what is owed between two updates.
  const copies = new TensorCopies(engine);
  try {
    if (inRun.owesDecay) for (const tensor of run.owing) copies.add(tensor, 'checkpoint');
    // A run that has diverged throws here, before anything is read.
    told = await history;
    const tensors = [...weights, ...runTensors(run, inRun.owesDecay)].map(({ name, tensor }) => {
      return { plan: { name, dtype: 'F32' as const, shape: tensor.shape }, slice: copies.of(tensor) };
    });
    await read(engine, tensors, draft);
  } finally {
    copies.dispose();
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
