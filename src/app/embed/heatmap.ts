import { cell, plot, pointer, text } from '@observablehq/plot';
import { inkOn, mix, parseHex, toCss } from '../color.ts';

/** n × n values, row-major. */
export interface Matrix {
  n: number;
  values: Float32Array;
}

export interface Place {
  row: number;
  column: number;
}

interface Cell extends Place {
  value: number;
  fill: string;
  ink: string;
}

/** With more sentences the numbers do not fit into the cells. */
const mostNumbers = 12;
const mostLabels = 16;
const widest = 520;
const widestCell = 84;
const margin = 26;

/**
 * Draws the matrix as large as `place` allows, in the colours of its style: --heat-low for 0 to --heat-high for 1.
 * @param onPoint told the cell under the pointer, or undefined when it leaves
 */
export function heatmap(
  { n, values }: Matrix,
  place: HTMLElement,
  onPoint: (at: Place | undefined) => void,
): Element {
  const size = Math.min(widest, margin + n * widestCell, place.clientWidth);
  const style = getComputedStyle(place);
  const [low, high] = ['--heat-low', '--heat-high'].map((name) =>
    parseHex(style.getPropertyValue(name).trim()),
  ) as [ReturnType<typeof parseHex>, ReturnType<typeof parseHex>];
  const cells = Array.from(values, (value, i): Cell => {
    const color = mix(low, high, value);
    return { row: Math.floor(i / n), column: i % n, value, fill: toCss(color), ink: toCss(inkOn(color)) };
  });
  const step = Math.ceil(n / mostLabels);
  const ticks = Array.from({ length: Math.ceil(n / step) }, (_, i) => i * step);
  const axis = { label: null, tickSize: 0, ticks, padding: 0, tickFormat: (i: number) => String(i + 1) };
  const at = { x: 'column', y: 'row' } as const;
  const chart = plot({
    width: size,
    height: size,
    margin: 0,
    marginTop: margin,
    marginLeft: margin,
    style: { fontSize: n <= 6 ? '13px' : '11px', background: 'transparent', color: 'inherit' },
    x: { ...axis, axis: 'top' },
    y: axis,
    color: { type: 'identity' },
    marks: [
      cell(cells, { ...at, fill: 'fill', inset: n > 24 ? 0 : 1, rx: n > 24 ? 0 : 3 }),
      n <= mostNumbers
        ? text(cells, { ...at, text: ({ value }: Cell) => value.toFixed(2), fill: 'ink' })
        : undefined,
      cell(cells, pointer({ ...at, fill: 'none', stroke: 'currentColor', strokeWidth: 2, maxRadius: size })),
    ],
  });
  chart.addEventListener('input', () => onPoint((chart.value as Cell | null) ?? undefined));
  return chart;
}
