import { type Signal, useSignal } from '@preact/signals';
import { clip } from '../../format.ts';
import { nearestPoint } from '../../map/frame.ts';
import { set } from '../../parts/set.ts';
import { labelChip, labelColor } from '../colors.ts';
import { mix, useGlide } from './glide.ts';
import { frame, type Picture } from './picture.ts';

/** Within that distance of a dot, in the frame, it is meant. */
const reach = 22;

export interface MovingTextsProps {
  picture: Picture;
  /** Gives the colours. */
  task: string;
  /** From 0, before, to 1, now. */
  time: number;
  /** The picture in words, for those who do not see it. */
  label: string;
}

/** Texts as dots on their way; the one under the pointer, or that the arrow keys have gone to, is written below. */
export function MovingTexts({ picture, task, time, label }: MovingTextsProps) {
  const places = useGlide(picture);
  const pointed = useSignal<number | undefined>(undefined);
  const reached = useSignal<number | undefined>(undefined);
  const at = mix(places.before, places.now, time);
  const shown = pointed.value ?? reached.value;
  const text = shown === undefined ? undefined : picture.texts[shown];
  return (
    <>
      <div
        class="moving"
        onPointerMove={({ clientX, clientY, currentTarget }) => {
          const { left, top, width } = currentTarget.getBoundingClientRect();
          const scale = frame.width / width;
          pointed.value = nearestPoint(at, (clientX - left) * scale, (clientY - top) * scale, reach);
        }}
        onPointerLeave={() => set(pointed, undefined)}
      >
        <svg viewBox={`0 0 ${frame.width} ${frame.height}`} role="img" aria-label={label}>
          {picture.texts.map(({ labels }, i) => {
            const color = labels[task] === undefined ? 'var(--muted)' : labelColor(task, labels[task]);
            return <Trace key={i} from={places.before} to={at} i={i} color={color} />;
          })}
          {picture.texts.map(({ labels }, i) => (
            <circle
              key={i}
              class="dot"
              cx={at[2 * i]}
              cy={at[2 * i + 1]}
              r={5}
              style={{ fill: labels[task] === undefined ? 'var(--muted)' : labelColor(task, labels[task]) }}
            />
          ))}
        </svg>
        <Ring at={at} texts={picture.texts} pointed={pointed} reached={reached} />
      </div>
      <p class="moving-text">
        {text ? (
          <>
            {clip(text.text, 160)}{' '}
            {Object.entries(text.labels).map(([name, value]) => (
              <span key={name} class="chip" style={labelChip(name, value)}>
                {value}
              </span>
            ))}
          </>
        ) : (
          <span class="muted">Point at a dot, or walk with the arrow keys, to read its text.</span>
        )}
      </p>
    </>
  );
}

interface TraceProps {
  from: Float32Array;
  to: Float32Array;
  i: number;
  color: string;
}

/** Where a text was, and the way that it has gone. */
function Trace({ from, to, i, color }: TraceProps) {
  const [x, y] = [from[2 * i], from[2 * i + 1]];
  return (
    <g class="trace" style={{ stroke: color, fill: color }}>
      <line x1={x} y1={y} x2={to[2 * i]} y2={to[2 * i + 1]} />
      <circle cx={x} cy={y} r={2} />
    </g>
  );
}

interface RingProps {
  /** [n, 2] */
  at: Float32Array;
  texts: Picture['texts'];
  pointed: Signal<number | undefined>;
  reached: Signal<number | undefined>;
}

/** Marks the dot that is meant: a slider that goes through the dots from left to right. */
function Ring({ at, texts, pointed, reached }: RingProps) {
  const order = texts.map((_, i) => i).sort((a, b) => at[2 * a]! - at[2 * b]!);
  const focused = Math.min(reached.value ?? order[0]!, texts.length - 1);
  const shown = pointed.value ?? focused;
  const walk = (event: KeyboardEvent) => {
    const next = step(event.key, order.indexOf(focused), order.length - 1);
    if (next === undefined) return;
    event.preventDefault();
    pointed.value = undefined;
    reached.value = order[next];
  };
  return (
    <div
      class={pointed.value === undefined ? 'moving-ring' : 'moving-ring shown'}
      role="slider"
      tabIndex={0}
      aria-label="Held-out text on the map"
      aria-valuemin={1}
      aria-valuemax={texts.length}
      aria-valuenow={order.indexOf(focused) + 1}
      aria-valuetext={clip(texts[focused]!.text, 160)}
      style={{
        left: `${(100 * at[2 * shown]!) / frame.width}%`,
        top: `${(100 * at[2 * shown + 1]!) / frame.height}%`,
      }}
      onKeyDown={walk}
      onFocus={() => set(reached, focused)}
      onBlur={() => set(reached, undefined)}
    />
  );
}

/** Where a key leads, from 0 to `last`; undefined for one that leads nowhere. */
function step(key: string, from: number, last: number): number | undefined {
  if (key === 'ArrowRight' || key === 'ArrowUp') return Math.min(last, from + 1);
  if (key === 'ArrowLeft' || key === 'ArrowDown') return Math.max(0, from - 1);
  if (key === 'Home') return 0;
  return key === 'End' ? last : undefined;
}
