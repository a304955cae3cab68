import { dot, plot, text } from '@observablehq/plot';
import { mapHeight, toPixels } from './frame.ts';
import { type Label, placeLabels } from './labels.ts';

export interface Cloud {
  /** x and y of each sentence: [n, 2] */
  points: Float32Array;
  sentences: readonly string[];
}

export function meaningMap({ points, sentences }: Cloud, place: HTMLElement): Element {
  const width = place.clientWidth;
  const pixels = toPixels(points, width, mapHeight);
  const n = pixels.length / 2;
  const labels = placeLabels(pixels, sentences, width, mapHeight);
  const words = (anchor: Label['anchor']) =>
    text(
      labels.filter((label) => label.anchor === anchor),
      { x: 'x', y: 'y', text: 'text', textAnchor: anchor, fill: 'var(--muted)', fontSize: 12 },
    );
  return plot({
    width,
    height: mapHeight,
    margin: 0,
    style: { background: 'transparent', color: 'inherit', overflow: 'hidden' },
    x: { type: 'identity', axis: null },
    y: { type: 'identity', axis: null },
    marks: [
      dot(
        { length: n },
        {
          x: (_: unknown, i: number) => pixels[2 * i],
          y: (_: unknown, i: number) => pixels[2 * i + 1],
          r: n > 300 ? 2.5 : 5,
          fill: 'var(--accent)',
          fillOpacity: n > 300 ? 0.7 : 1,
        },
      ),
      words('start'),
      words('end'),
    ],
  });
}
