import { useSignal } from '@preact/signals';
import { PictureCursor } from '../../charts/PictureCursor.tsx';
import { clip } from '../../format.ts';
import { nearestPoint } from '../../map/frame.ts';
import { labelChip, labelColor } from '../colors.ts';
import { mix, useGlide } from './glide.ts';
import { frame, type Picture } from './picture.ts';

/** Distance from a dot, in units of the frame, within which the pointer is at it. */
const reach = 22;

interface MovingTextsProps {
  picture: Picture;
  /** The task whose labels give the colours. */
  task: string;
  /** From 0, before training, to 1, now. */
  time: number;
  label: string;
}

/** Texts as dots on their way. Below them stands the text that the pointer or the arrow keys are at. */
export function MovingTexts({ picture, task, time, label }: MovingTextsProps) {
  const { texts } = picture;
  const places = useGlide(picture);
  const pointed = useSignal<number | undefined>(undefined);
  const reached = useSignal<number | undefined>(undefined);
  const at = mix(places.before, places.now, time);
  const text = texts[pointed.value ?? reached.value ?? -1];
  // The keys go through the dots from left to right.
  const order = texts.map((_, i) => i).sort((a, b) => at[2 * a]! - at[2 * b]!);
  const focused = Math.min(reached.value ?? order[0]!, texts.length - 1);
  const shown = pointed.value ?? focused;
  const colors = texts.map(({ labels }) =>
    labels[task] === undefined ? 'var(--muted)' : labelColor(task, labels[task]),
  );
  return (
    <>
      <div class="moving chart">
        <svg viewBox={`0 0 ${frame.width} ${frame.height}`} role="img" aria-label={label}>
          {colors.map((color, i) => {
            const [x, y] = [places.before[2 * i], places.before[2 * i + 1]];
            return (
              <g key={i} class="trace" style={{ stroke: color, fill: color }}>
                <line x1={x} y1={y} x2={at[2 * i]} y2={at[2 * i + 1]} />
                <circle cx={x} cy={y} r={2} />
              </g>
            );
          })}
          {colors.map((fill, i) => (
            <circle key={i} class="dot" cx={at[2 * i]} cy={at[2 * i + 1]} r={5} style={{ fill }} />
          ))}
        </svg>
        <PictureCursor
          {...{ pointed, reached, focused }}
          find={(x, y, width) =>
            nearestPoint(at, (x * frame.width) / width, (y * frame.width) / width, reach)
          }
          step={({ key }) => order[step(key, order.indexOf(focused), order.length - 1) ?? -1]}
          label="Held-out text on the map"
          text={clip(texts[focused]!.text, 160)}
          number={order.indexOf(focused) + 1}
          count={texts.length}
          mark={{
            class: 'ring',
            style: {
              left: `${(100 * at[2 * shown]!) / frame.width}%`,
              top: `${(100 * at[2 * shown + 1]!) / frame.height}%`,
            },
          }}
        />
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

/** The place that a key leads to, from 0 to `last`; undefined for a key that leads nowhere. */
function step(key: string, from: number, last: number): number | undefined {
  if (key === 'ArrowRight' || key === 'ArrowUp') return Math.min(last, from + 1);
  if (key === 'ArrowLeft' || key === 'ArrowDown') return Math.max(0, from - 1);
  if (key === 'Home') return 0;
  return key === 'End' ? last : undefined;
}
