import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { inTurn } from '../inTurn.ts';
import { theme } from '../theme.ts';

/** Milliseconds from one drawing to the next while data come fast. */
const pace = 200;

interface ChartProps<T> {
  data: T;
  /** Loads the code that draws, which is large and in a file of its own. It draws as wide as `place` is. */
  load: () => Promise<(data: T, place: HTMLElement) => Element>;
  /** The picture in a sentence, for those who do not see it. */
  label: string;
  class?: string;
  /** Makes what lies over the picture once it is drawn, such as a cursor. */
  over?: (width: number) => ComponentChildren;
}

/** A picture that is drawn anew when its data, the theme or its width change. */
export function Chart<T>({ data, load, label, class: className, over }: ChartProps<T>) {
  const place = useRef<HTMLDivElement>(null);
  const now = { data, load, theme: theme.value };
  const latest = useRef(now);
  const hasFailed = useSignal(false);
  /** Pixels of the picture; 0 before it is drawn. */
  const width = useSignal(0);
  const drawIfNew = useRef(async () => {});
  latest.current = now;

  useEffect(() => {
    const element = place.current!;
    let drawn: unknown[] = [];
    const draw = inTurn(async () => {
      const wanted = () => [latest.current.data, latest.current.theme, element.clientWidth];
      if (element.clientWidth === 0 || wanted().every((value, i) => value === drawn[i])) return;
      try {
        const make = await latest.current.load();
        // Meanwhile the place may have gone, or be hidden: it has no width then. Newer data are taken.
        if (element.clientWidth === 0) return;
        drawn = wanted();
        const picture = make(latest.current.data, element);
        // A group without a role must not have a name.
        for (const group of picture.querySelectorAll('g[aria-label]')) {
          group.setAttribute('data-mark', group.getAttribute('aria-label')!);
          group.removeAttribute('aria-label');
        }
        element.replaceChildren(picture);
        width.value = element.clientWidth;
        hasFailed.value = false;
      } catch (error) {
        drawn = [];
        hasFailed.value = true;
        reportError(error);
      }
      await new Promise((resolve) => setTimeout(resolve, pace));
    });
    drawIfNew.current = draw;
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [hasFailed, width]);

  // Runs after every rendering; nothing is drawn where nothing has changed.
  useEffect(() => void drawIfNew.current());

  return (
    <>
      {hasFailed.value && (
        <p class="error">The picture could not be drawn: its code could not be fetched. Reload the page.</p>
      )}
      <div class="chart">
        <div ref={place} class={className} role="img" aria-label={label} />
        {over && width.value > 0 && over(width.value)}
      </div>
    </>
  );
}
