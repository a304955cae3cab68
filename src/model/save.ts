import { ArgumentError, throwIfAborted } from '../errors.ts';
import { contentOf, type FilePart, filesOf, PIECE, slices } from '../files/fileParts.ts';
import { bitsOfDtype, MOST_FLOAT16 } from '../files/safetensors/dtype.ts';
import { floatBytes } from '../files/safetensors/layout.ts';
import { sizeOf } from '../tensor/shape.ts';
import type { SavedFile, SavedFiles, SaveOptions } from '../types.ts';
import { savedModel, type WeightsFile } from './savedFiles.ts';
import { WeightsSnapshot } from './snapshot.ts';
import type { ModelState } from './state.ts';

type Pieces = Iterable<Uint8Array<ArrayBuffer>> | AsyncIterable<Uint8Array<ArrayBuffer>>;

/** Collects the files of {@link streamModel} in memory. */
export async function saveModel(core: ModelState, options: SaveOptions): Promise<SavedFiles> {
  const files: SavedFiles = new Map();
  for await (const file of streamModel(core, options)) files.set(file.path, await contentOf(file));
  return files;
}

/** Streams a model's files in the order of their paths. Nothing is read from the GPU before its stream is. */
export function streamModel(core: ModelState, options: SaveOptions): AsyncGenerator<SavedFile, void, void> {
  return filesOf(modelParts(core, options));
}

/**
 * Yields each file, then its bytes piece by piece, so that memory holds the small files and one piece of the weights.
 * While a training runs, the GPU first copies the weights, so that all are of one snapshot.
 */
async function* modelParts(core: ModelState, options: SaveOptions): AsyncGenerator<FilePart, void, void> {
  core.checkUsable();
  checkOptions(options);
  const { onProgress, signal } = options;
  throwIfAborted(signal);
  const { texts, weights } = savedModel(core, options);
  const tensors = weights.flatMap(({ sources }) => sources.flatMap(({ tensor }) => tensor ?? []));
  const snapshot = new WeightsSnapshot(core, tensors);
  const files = [
    ...[...texts].map(([path, content]) => ({ path, bytes: content.length, pieces: () => slices(content) })),
    ...weights.map((file) => ({ ...file, pieces: () => weightsPieces(core, file, snapshot) })),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  // A caller who aborts may never ask for the next piece, so the abort itself frees the snapshot.
  const stop = () => snapshot.releaseIfIdle();
  signal?.addEventListener('abort', stop);
  try {
    onProgress?.({ status: 'save', done, total });
    for (const { path, bytes, pieces } of files) {
      throwIfAborted(signal);
      yield { type: 'file', path, bytes };
      for await (const data of pieces() as Pieces) {
        throwIfAborted(signal);
        done += data.length;
        onProgress?.({ status: 'save', done, total });
        yield { type: 'piece', data };
        throwIfAborted(signal);
      }
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    snapshot.release();
  }
}

async function* weightsPieces(
  { folder }: ModelState,
  { header, sources }: WeightsFile,
  snapshot: WeightsSnapshot,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  yield header;
  for (const { plan, tensor } of sources) {
    const { name, dtype } = plan;
    const size = sizeOf(plan.shape);
    // The GPU is read in numbers, the checkpoint in bytes.
    const [all, step] = tensor ? [size, PIECE / 4] : [(size * bitsOfDtype[dtype]) / 8, PIECE];
    for (let at = 0; at < all; at += step) {
      const end = Math.min(all, at + step);
      snapshot.checkStill();
      if (tensor) {
        const values = await snapshot.read(tensor, at, end);
        if (dtype === 'F16') expectFits(name, values);
        yield floatBytes(values, dtype);
      } else yield await folder.checkpoint.bytes(name, at, end);
    }
  }
}

function checkOptions({ dtype, card }: SaveOptions): void {
  if (dtype !== undefined && dtype !== 'float32' && dtype !== 'float16') {
    const problem = `save(): dtype is ${JSON.stringify(dtype)}. Use 'float32' or 'float16'.`;
    throw new ArgumentError(problem, { argument: 'dtype' });
  }
  const isObject = (value: unknown) => typeof value === 'object' && value !== null;
  const parts = isObject(card) ? [card?.dataset, card?.settings, card?.metrics] : [];
  const areObjects = [card, ...parts].every((part) => part === undefined || isObject(part));
  if (!areObjects || (card?.baseModel !== undefined && typeof card.baseModel !== 'string')) {
    throw new ArgumentError(
      'save(): card is no object, its dataset, settings or metrics are none, or its baseModel is no text.',
      { argument: 'card' },
    );
  }
}

function expectFits(name: string, values: Float32Array): void {
  const position = values.findIndex((value) => Math.abs(value) > MOST_FLOAT16);
  if (position === -1) return;
  throw new ArgumentError(
    `save(): ${name} has the value ${values[position]}, more than float16 holds (${MOST_FLOAT16}). Save as float32.`,
    { argument: 'dtype', parameter: name },
  );
}
