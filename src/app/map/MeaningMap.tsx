import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { Chart } from '../charts/Chart.tsx';
import { clip } from '../format.ts';
import { nearestPoint, toPixels } from './frame.ts';
import type { Cloud } from './meaningMap.ts';

/** The same as in `meaningMap.ts`, whose file is large and comes later. */
const height = 380;
/** Pixels from a dot within which it is meant. */
const reach = 24;

const load = async () => (await import('./meaningMap.ts')).meaningMap;

export interface MeaningMapProps {
  cloud: Cloud;
  /** The picture in a sentence, for those who do not see it. */
  label: string;
}

/** Sentences as dots; the one under the pointer, or that the arrow keys have gone to, is written below. */
export function MeaningMap({ cloud, label }: MeaningMapProps) {
  const pointed = useSignal<number | undefined>(undefined);
  const reached = useSignal<number | undefined>(undefined);
  const at = pointed.value ?? reached.value;
  const sentence = at === undefined ? undefined : cloud.sentences[at];
  return (
    <>
      <Chart
        data={cloud}
        load={load}
        label={label}
        class="map"
        over={(width) => <Dots {...{ cloud, width, pointed, reached }} />}
      />
      <p class="pointed">
        {sentence === undefined ? (
          <span class="muted">Point at a dot, or walk with the arrow keys.</span>
        ) : (
          clip(sentence, 160)
        )}
      </p>
    </>
  );
}

interface DotsProps {
  cloud: Cloud;
  width: number;
  pointed: { value: number | undefined };
  reached: { value: number | undefined };
}

/** What is pointed at and walked on: a slider that goes through the dots, from left to right or from bottom to top. */
function Dots({ cloud: { points, sentences }, width, pointed, reached }: DotsProps) {
  const pixels = useMemo(() => toPixels(points, width, height), [points, width]);
  const across = useMemo(() => order(points, 0), [points]);
  const upwards = useMemo(() => order(points, 1), [points]);
  const focused = Math.min(reached.value ?? across[0]!, sentences.length - 1);
  const shown = pointed.value ?? focused;

  const walk = (event: KeyboardEvent) => {
    const next = step(event.key, focused, across, upwards);
    if (next === undefined) return;
    event.preventDefault();
    pointed.value = undefined;
    reached.value = next;
  };
  return (
    <div
      class="over"
      onPointerMove={({ offsetX, offsetY, target, currentTarget }) => {
        // Over the ring the offset is the ring's.
        if (target === currentTarget) pointed.value = nearestPoint(pixels, offsetX, offsetY, reach);
      }}
      onPointerLeave={() => {
        pointed.value = undefined;
      }}
    >
      <div
        class={pointed.value === undefined ? 'ring' : 'ring shown'}
        role="slider"
        tabIndex={0}
        aria-label="Sentence on the map"
        aria-valuemin={1}
        aria-valuemax={sentences.length}
        aria-valuenow={across.indexOf(focused) + 1}
        aria-valuetext={clip(sentences[focused]!, 160)}
        style={{ left: `${pixels[2 * shown]}px`, top: `${pixels[2 * shown + 1]}px` }}
        onKeyDown={walk}
        onFocus={() => {
          reached.value = focused;
        }}
        onBlur={() => {
          reached.value = undefined;
        }}
      />
    </div>
  );
}

/** The points' numbers, by x (0) or y (1). */
function order(points: Float32Array, by: 0 | 1): number[] {
  const numbers = Array.from({ length: points.length / 2 }, (_, i) => i);
  return numbers.sort((a, b) => points[2 * a + by]! - points[2 * b + by]!);
}

/** Where a key leads; undefined for one that leads nowhere. */
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
