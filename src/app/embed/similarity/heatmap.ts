import { cell, image, plot, text } from '@observablehq/plot';
import { inkOn, mix, parseHex, type Rgb, toCss } from '../../color.ts';
import { fixed } from '../../format.ts';
import { heatmapSize, margin } from './heatmapSize.ts';

/** n × n values, row-major. */
export interface Matrix {
  n: number;
  values: Float32Array;
}

/** With more sentences the numbers do not fit into the cells. */
const mostNumbers = 12;
/** With more sentences the cells are one picture: an element for each would take long. */
const mostCells = 24;
const mostLabels = 16;

/**
 * Draws the matrix as large as `place` allows, in the colours of its style: --heat-low for 0 to --heat-high for 1.
 */
export function heatmap(matrix: Matrix, place: HTMLElement): Element {
  const { n } = matrix;
  const { size, cell: side } = heatmapSize(n, place.clientWidth);
  const style = getComputedStyle(place);
  const variable = (name: string) => style.getPropertyValue(name).trim();
  const range = [variable('--heat-low'), variable('--heat-high')] as const;
  const [low, high] = [parseHex(range[0]), parseHex(range[1])];
  const step = Math.ceil(n / mostLabels);
  const ticks = Array.from({ length: Math.ceil(n / step) }, (_, i) => i * step);
  const axis = {
    label: null,
    tickSize: 0,
    ticks,
    padding: 0,
    tickFormat: (i: number) => String(Math.floor(i) + 1),
  };
  const frame = {
    width: size,
    height: size,
    margin: 0,
    marginTop: margin,
    marginLeft: margin,
    style: { fontSize: '11px', background: 'transparent', color: 'inherit' },
  };
  if (n > mostCells) {
    const middle = ticks.map((i) => i + 0.5);
    return plot({
      ...frame,
      x: { ...axis, axis: 'top', ticks: middle, domain: [0, n] },
      y: { ...axis, ticks: middle, domain: [n, 0] },
      marks: [
        image([matrix], {
          src: picture(matrix, low, high),
          frameAnchor: 'middle',
          width: size - margin,
          height: size - margin,
          imageRendering: 'pixelated',
        }),
      ],
    });
  }
  const options = {
    x: (_: number, i: number) => i % n,
    y: (_: number, i: number) => Math.floor(i / n),
  };
  const numbers = text(matrix.values, {
    ...options,
    fontSize: side < 38 ? 9 : side < 60 ? 11 : 13,
    text: (value: number) => fixed(value, 2),
    fill: (value: number) => toCss(inkOn(mix(low, high, value))),
  });
  return plot({
    ...frame,
    x: { ...axis, axis: 'top' },
    y: axis,
    color: { type: 'linear', domain: [0, 1], range, clamp: true },
    marks: [
      cell(matrix.values, { ...options, fill: (value: number) => value, inset: 1, rx: 3 }),
      n <= mostNumbers ? numbers : undefined,
    ],
  });
}

/** Paints a pixel a cell. The chart's own raster makes a text of each colour, which holds up the page's thread. */
function picture({ n, values }: Matrix, low: Rgb, high: Rgb): string {
  const canvas = document.createElement('canvas');
  canvas.width = n;
  canvas.height = n;
  const context = canvas.getContext('2d')!;
  const pixels = context.createImageData(n, n);
  values.forEach((value, i) => {
    pixels.data.set([...mix(low, high, value), 255], 4 * i);
  });
  context.putImageData(pixels, 0, 0);
  return canvas.toDataURL();
}
