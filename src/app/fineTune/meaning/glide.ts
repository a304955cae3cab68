import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Picture } from './picture.ts';

/** Milliseconds that points take to their new places. */
const span = 700;

/** Where the points of a picture are shown, on their way from the picture before. */
export interface Places {
  before: Float32Array;
  now: Float32Array;
}

/** Lets points glide to where a new picture has them; at once where it is of other texts, or motion is not wanted. */
export function useGlide(picture: Picture): Places {
  const shown = useSignal<Places>(picture);
  const of = useRef(picture);

  useEffect(() => {
    const from = shown.peek();
    const isOther = of.current.run !== picture.run || from.now.length !== picture.now.length;
    of.current = picture;
    if (isOther || from === picture || matchMedia('(prefers-reduced-motion: reduce)').matches) {
      shown.value = picture;
      return;
    }
    const begin = performance.now();
    let frame = 0;
    const move = (time: number) => {
      const part = Math.min(1, Math.max(0, (time - begin) / span));
      shown.value = part === 1 ? picture : between(from, picture, ease(part));
      if (part < 1) frame = requestAnimationFrame(move);
    };
    frame = requestAnimationFrame(move);
    return () => cancelAnimationFrame(frame);
  }, [picture, shown]);

  // Right after a new picture with other texts its effect is still to come.
  return shown.value.now.length === picture.now.length ? shown.value : picture;
}

function between(from: Places, to: Places, part: number): Places {
  return { before: mix(from.before, to.before, part), now: mix(from.now, to.now, part) };
}

/** Points that are `part` of the way, 0 to 1. */
export function mix(from: Float32Array, to: Float32Array, part: number): Float32Array {
  return from.map((value, i) => value + (to[i]! - value) * part);
}

function ease(part: number): number {
  return part < 0.5 ? 4 * part ** 3 : 1 - (2 - 2 * part) ** 3 / 2;
}
