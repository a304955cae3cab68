import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { Chart } from '../charts/Chart.tsx';
import { PictureCursor } from '../charts/PictureCursor.tsx';
import { clip } from '../format.ts';
import { mapHeight, nearestPoint, toPixels } from './frame.ts';
import type { Cloud } from './meaningMap.ts';

/** Pixels from a dot within which the pointer is at it. */
const reach = 24;

const load = async () => (await import('./meaningMap.ts')).meaningMap;

/** Sentences as dots. Below them stands the sentence that the pointer or the arrow keys are at. */
export function MeaningMap({ cloud, label }: { cloud: Cloud; label: string }) {
  const { points, sentences } = cloud;
  const pointed = useSignal<number | undefined>(undefined);
  const reached = useSignal<number | undefined>(undefined);
  const across = useMemo(() => order(points, 0), [points]);
  const upwards = useMemo(() => order(points, 1), [points]);
  const focused = Math.min(reached.value ?? across[0]!, sentences.length - 1);
  const at = pointed.value ?? focused;
  const cursor = (width: number) => {
    const pixels = toPixels(points, width, mapHeight);
    return (
      <PictureCursor
        {...{ pointed, reached, focused }}
        find={(x, y) => nearestPoint(pixels, x, y, reach)}
        step={({ key }) => step(key, focused, across, upwards)}
        label="Sentence on the map"
        text={clip(sentences[focused]!, 160)}
        number={across.indexOf(focused) + 1}
        count={sentences.length}
        mark={{ class: 'ring', style: { left: `${pixels[2 * at]}px`, top: `${pixels[2 * at + 1]}px` } }}
      />
    );
  };
  const sentence = sentences[pointed.value ?? reached.value ?? -1];
  return (
    <>
      <Chart data={cloud} load={load} label={label} class="map" over={cursor} />
      <p class="pointed status">
        {sentence === undefined ? (
          <span class="muted">Point at a dot, or walk with the arrow keys.</span>
        ) : (
          clip(sentence, 160)
        )}
      </p>
    </>
  );
}

function order(points: Float32Array, axis: 0 | 1): number[] {
  const numbers = Array.from({ length: points.length / 2 }, (_, i) => i);
  return numbers.sort((a, b) => points[2 * a + axis]! - points[2 * b + axis]!);
}

/** The sentence that a key leads to; undefined for a key that leads nowhere. */
function step(key: string, from: number, across: number[], upwards: number[]): number | undefined {
  const move = (path: number[], by: number) =>
    path[Math.min(path.length - 1, Math.max(0, path.indexOf(from) + by))];
  if (key === 'ArrowRight') return move(across, 1);
  if (key === 'ArrowLeft') return move(across, -1);
  if (key === 'ArrowUp') return move(upwards, 1);
  if (key === 'ArrowDown') return move(upwards, -1);
  if (key === 'Home') return across[0];
  if (key === 'End') return across.at(-1);
  return undefined;
}
