import type { Signal } from '@preact/signals';
import type { CSSProperties } from 'preact';
import { set } from '../parts/set.ts';

interface PictureCursorProps<T> {
  /** The place under the pointer; undefined where there is none. */
  pointed: Signal<T | undefined>;
  /** The place that the keys have reached; undefined while they do not have the focus. */
  reached: Signal<T | undefined>;
  /** The place that the keys have reached or begin at. */
  focused: T;
  /** Finds what lies at a place: pixels from the upper left corner of the area, which is `width` pixels wide. */
  find: (x: number, y: number, width: number) => T | undefined;
  /** Finds the place that a key leads to; undefined for a key that leads nowhere. */
  step: (event: KeyboardEvent) => T | undefined;
  /** The name of the slider, and its value in words. */
  label: string;
  text: string;
  /** The number of `focused`, from 1, and how many there are. */
  number: number;
  count: number;
  /** The part of the picture that it covers, if not all of it. */
  area?: CSSProperties;
  /** Styles the mark, which is at `pointed`, else at `focused`. */
  mark: { class: string; style: CSSProperties };
}

/** Marks what the pointer or the arrow keys are at on a picture: a slider, whose value is read as `text`. */
export function PictureCursor<T>({ pointed, reached, focused, area, mark, ...props }: PictureCursorProps<T>) {
  return (
    <div
      class="over"
      style={area}
      onPointerMove={({ clientX, clientY, currentTarget }) => {
        const { left, top, width } = currentTarget.getBoundingClientRect();
        pointed.value = props.find(clientX - left, clientY - top, width);
      }}
      onPointerLeave={() => set(pointed, undefined)}
    >
      <div
        class={`cursor ${mark.class} ${pointed.value === undefined ? '' : 'shown'}`}
        style={mark.style}
        role="slider"
        tabIndex={0}
        aria-label={props.label}
        aria-valuemin={1}
        aria-valuemax={props.count}
        aria-valuenow={props.number}
        aria-valuetext={props.text}
        onKeyDown={(event) => {
          const next = props.step(event);
          if (next === undefined) return;
          event.preventDefault();
          pointed.value = undefined;
          reached.value = next;
        }}
        onFocus={() => set(reached, focused)}
        onBlur={() => set(reached, undefined)}
      />
    </div>
  );
}
