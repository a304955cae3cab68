import { signal } from '@preact/signals';
import type { DatasetExample, HeldOut } from '../../../worker/client.ts';
import { inTurn } from '../../inTurn.ts';
import { toPixels } from '../../map/frame.ts';
import { fitPlane, project } from '../../map/pca.ts';
import { inSlices } from '../../map/slices.ts';
import { type HeldOutTexts, heldOut } from '../learning/heldOut.ts';
import { align } from './align.ts';

/** Size of the frame that the points are placed in. The page scales it. */
export const frame = { width: 420, height: 320 };

/** Held-out texts on the plane that shows most of their places before training and now. */
export interface Picture {
  run: number;
  texts: readonly DatasetExample[];
  /** Number of held-out texts; more than `texts` where only a choice is shown. */
  total: number;
  first: HeldOut['embeddings'];
  latest: HeldOut['embeddings'];
  /** Whether there is a later evaluation than the first. */
  isLater: boolean;
  /** x and y on the plane, first of all texts before, then of all texts now: [2 n, 2] */
  plane: Float32Array;
  /** x and y in the frame: [n, 2] */
  before: Float32Array;
  now: Float32Array;
}

export const picture = signal<Picture | undefined>(undefined);

/** At most so many texts are shown, chosen evenly from all. */
const mostTexts = 400;

/** Makes a picture of the held-out texts as they are now. */
export const draw = inTurn(async () => {
  const texts = heldOut.value;
  picture.value = texts && (await pictureOf(texts, picture.peek()));
});

/** @param previous a picture of the same run, which the new one is turned to resemble */
export async function pictureOf(
  { run, texts, first, latest }: HeldOutTexts,
  previous: Picture | undefined,
): Promise<Picture> {
  const n = texts.length;
  const chosen = Array.from({ length: Math.min(n, mostTexts) }, (_, i) =>
    Math.floor((i * n) / Math.min(n, mostTexts)),
  );
  const both = stack(chosen, first.embeddings, latest.embeddings);
  const found = project(await inSlices(fitPlane(both)), both);
  const isSame = previous?.run === run && previous.plane.length === found.length;
  const plane = isSame ? align(found, previous.plane) : found;
  const placed = toPixels(plane, frame.width, frame.height);
  return {
    run,
    texts: chosen.map((i) => texts[i]!),
    total: n,
    first: stack(chosen, first.embeddings),
    latest: stack(chosen, latest.embeddings),
    isLater: latest !== first,
    plane,
    before: placed.slice(0, 2 * chosen.length),
    now: placed.slice(2 * chosen.length),
  };
}

/** The chosen rows of each matrix, one matrix after the other. */
function stack(chosen: readonly number[], ...vectors: HeldOut['embeddings'][]): HeldOut['embeddings'] {
  const dimension = vectors[0]!.shape[1];
  const rows = chosen.length * vectors.length;
  const data = new Float32Array(rows * dimension);
  let row = 0;
  for (const { data: from } of vectors) {
    for (const i of chosen) {
      data.set(from.subarray(i * dimension, (i + 1) * dimension), row * dimension);
      row += 1;
    }
  }
  return { data, shape: [rows, dimension] };
}
