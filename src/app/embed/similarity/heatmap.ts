import { cell, image, plot, text } from '@observablehq/plot';
import { inkOn, mix, parseHex, type Rgb } from '../../color.ts';
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

/** Draws the matrix as large as `place` allows, from the colour --heat-low for 0 to --heat-high for 1. */
export function heatmap(matrix: Matrix, place: HTMLElement): Element {
  const { n, values } = matrix;
  const { size, cell: side } = heatmapSize(n, place.clientWidth);
  const style = getComputedStyle(place);
  const range = ['--heat-low', '--heat-high'].map((name) => style.getPropertyValue(name).trim());
  const [low, high] = range.map(parseHex) as [Rgb, Rgb];
  const isPicture = n > mostCells;
  const step = Math.ceil(n / mostLabels);
  const axis = {
    label: null,
    tickSize: 0,
    // The cells of a picture lie between whole numbers.
    ticks: Array.from({ length: Math.ceil(n / step) }, (_, i) => i * step + (isPicture ? 0.5 : 0)),
    padding: 0,
    tickFormat: (i: number) => String(Math.floor(i) + 1),
  };
  const options = {
    x: (_: number, i: number) => i % n,
    y: (_: number, i: number) => Math.floor(i / n),
  };
  const numbers = text(values, {
    ...options,
    fontSize: side < 38 ? 9 : side < 60 ? 11 : 13,
    text: (value: number) => fixed(value, 2),
    fill: (value: number) => `rgb(${inkOn(mix(low, high, value)).join(' ')})`,
  });
  return plot({
    width: size,
    height: size,
    margin: 0,
    marginTop: margin,
    marginLeft: margin,
    style: { fontSize: '11px', background: 'transparent', color: 'inherit' },
    x: { ...axis, axis: 'top', ...(isPicture && { domain: [0, n] }) },
    y: { ...axis, ...(isPicture && { domain: [n, 0] }) },
    color: { type: 'linear', domain: [0, 1], range, clamp: true },
    marks: isPicture
      ? [
          image([matrix], {
            src: picture(matrix, low, high),
            frameAnchor: 'middle',
            width: size - margin,
            height: size - margin,
            imageRendering: 'pixelated',
          }),
        ]
      : [
          cell(values, { ...options, fill: (value: number) => value, inset: 1, rx: 3 }),
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
