import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Picture } from './picture.ts';

/** Milliseconds that points take to reach their new places. */
const span = 700;

/** Positions of a picture's points on their way from the picture before. */
type Places = Pick<Picture, 'before' | 'now'>;

/** Moves points to their places in a new picture: smoothly, unless it shows other texts or motion is not wanted. */
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
      const along = (name: keyof Places) => mix(from[name], picture[name], ease(part));
      shown.value = part === 1 ? picture : { before: along('before'), now: along('now') };
      if (part < 1) frame = requestAnimationFrame(move);
    };
    frame = requestAnimationFrame(move);
    return () => cancelAnimationFrame(frame);
  }, [picture, shown]);

  // The effect of a new picture with other texts runs after this rendering.
  return shown.value.now.length === picture.now.length ? shown.value : picture;
}

/** Points on the way `from` one place `to` another. @param part 0 to 1 */
export function mix(from: Float32Array, to: Float32Array, part: number): Float32Array {
  return from.map((value, i) => value + (to[i]! - value) * part);
}

function ease(part: number): number {
  return part < 0.5 ? 4 * part ** 3 : 1 - (2 - 2 * part) ** 3 / 2;
}
