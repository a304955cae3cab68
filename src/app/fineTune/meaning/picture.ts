import { signal } from '@preact/signals';
import type { HeldOut } from '../../../worker/client.ts';
import { toPixels } from '../../map/frame.ts';
import { fitPlane, project } from '../../map/pca.ts';
import { inSlices } from '../../map/slices.ts';
import type { LabelledText } from '../examples/data.ts';
import type { HeldOutTexts } from '../learning/heldOut.ts';
import { align } from './align.ts';

/** The frame that the points are placed in; it is shown larger or smaller. */
export const frame = { width: 420, height: 320 };

/** Held-out texts on the plane that shows most of where they were and are. */
export interface Picture {
  run: number;
  texts: readonly LabelledText[];
  /** Held-out texts that there are; more than `texts` where only a choice is shown. */
  total: number;
  first: HeldOut['embeddings'];
  latest: HeldOut['embeddings'];
  /** There is a later evaluation than the first. */
  isLater: boolean;
  /** On the plane, x and y of each, those of before and then those of now: [2 n, 2] */
  plane: Float32Array;
  /** In the frame, x and y of each: [n, 2] */
  before: Float32Array;
  now: Float32Array;
}

export const picture = signal<Picture | undefined>(undefined);

/** Texts that are shown: of more, an even choice. */
const mostTexts = 400;

let wanted: HeldOutTexts | undefined;
let isBusy = false;

/** Draws the held-out texts where they are now. While one picture is made, newer texts wait, and only the newest. */
export async function show(texts: HeldOutTexts | undefined): Promise<void> {
  wanted = texts;
  if (isBusy) return;
  isBusy = true;
  try {
    for (let done: HeldOutTexts | undefined; wanted !== done; ) {
      done = wanted;
      picture.value = done && (await pictureOf(done, picture.peek()));
    }
    if (!wanted) picture.value = undefined;
  } finally {
    isBusy = false;
  }
}

/** @param previous is turned to, where it is of the same run */
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

/** The chosen rows of each, one after the other. */
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
