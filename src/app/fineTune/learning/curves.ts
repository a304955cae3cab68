import { dot, line, type Markish, plot, ruleX, text } from '@observablehq/plot';
import { clip, count } from '../../format.ts';
import { runColor, taskColor } from '../colors.ts';
import { type Curves, type Line, linesOf, type Metric, type Point, rateText, stepsOf } from './lines.ts';
import { spread } from './spread.ts';

const height = 250;
const margin = { top: 12, bottom: 40, left: 44 };
const mostDots = 30;
/** Pixels between two labels, and pixels of a letter. */
const lineHeight = 15;
const letter = 7;
const mostLetters = 14;
/** A narrower chart has no room for labels. */
const leastWidth = 420;

/** Draws curves over the steps of runs: training solid, held out dashed; a rule marks the step of a run under way. */
export function curves({ runs, metric, task }: Curves, place: HTMLElement): Element {
  const isOne = runs.length === 1;
  const lines = runs.flatMap((run) => linesOf(run, metric, task));
  const width = place.clientWidth;
  const hasLabels = isOne && width >= leastWidth && lines.some(({ task }) => task !== undefined);
  const longest = Math.max(0, ...lines.map(({ task = '' }) => Math.min(task.length, mostLetters + 1)));
  const last = Math.max(1, ...runs.map((run) => (run.outcome === 'running' ? run.planned : stepsOf(run))));
  const [low, high] = domain(metric, lines);
  const color = ({ run, task }: Line) =>
    isOne ? (task === undefined ? 'var(--accent)' : taskColor(task)) : runColor(run);
  return plot({
    width,
    height,
    marginTop: margin.top,
    marginBottom: margin.bottom,
    marginLeft: margin.left,
    marginRight: hasLabels ? 14 + longest * letter : 24,
    style: { fontSize: '12px', background: 'transparent', color: 'inherit' },
    x: {
      label: 'step',
      labelArrow: 'none',
      labelOffset: 36,
      domain: [0, last],
      ticks: Math.min(last, width < leastWidth ? 4 : 8),
      tickSize: 0,
      tickFormat: (step: number) => (Number.isInteger(step) ? count(step) : ''),
    },
    y: {
      ...{ label: null, domain: [low, high], grid: true, ticks: 5, tickSize: 0 },
      ...(metric === 'learningRate' && { tickFormat: rateText }),
    },
    marks: [
      ...runs
        .filter(({ outcome }) => outcome === 'running')
        .map((run) => ruleX([stepsOf(run)], { strokeDasharray: '2 3', strokeOpacity: 0.7 })),
      ...lines.flatMap((each) => marksOf(each, color(each), isOne)),
      ...(hasLabels ? labels(lines, color, [low, high]) : []),
    ],
  });
}

function marksOf({ points, raw, isHeldOut }: Line, stroke: string, isOne: boolean): Markish[] {
  const at = { x: 'step', y: 'value', stroke } as const;
  const strokeWidth = isOne || isHeldOut ? 2 : 1.5;
  return [
    ...(raw.length > 0 ? [line(raw, { ...at, strokeWidth: 1, strokeOpacity: 0.3, clip: true })] : []),
    line(points, { ...at, strokeWidth, ...(isHeldOut && { strokeDasharray: '5 4' }) }),
    ...(points.length <= (isHeldOut ? mostDots : 1) ? [dot(points, { ...at, r: 2.5, fill: stroke })] : []),
  ];
}

/** The name of each task where its line ends; names are moved apart where they would overlap. */
function labels(lines: Line[], color: (line: Line) => string, [low, high]: [number, number]): Markish[] {
  const ends = new Map<string, { line: Line; end: Point }>();
  for (const line of lines) {
    if (line.task === undefined) continue;
    const end = line.points.at(-1)!;
    const known = ends.get(line.task);
    if (!known || end.step > known.end.step) ends.set(line.task, { line, end });
  }
  const found = [...ends.values()];
  const inner = height - margin.top - margin.bottom;
  const pixels = found.map(({ end }) => (inner * (high - end.value)) / (high - low));
  return spread(pixels, lineHeight, inner).map((y, i) => {
    const { line, end } = found[i]!;
    return text([end], {
      x: 'step',
      y: 'value',
      dx: 8,
      dy: y - pixels[i]!,
      text: () => clip(line.task!, mostLetters),
      textAnchor: 'start',
      fill: color(line),
      fontWeight: 600,
    });
  });
}

function domain(metric: Metric, lines: Line[]): [number, number] {
  if (metric === 'accuracy' || metric === 'macroF1') return [0, 1];
  // The scale fits the smoothed lines. An outlier of the others may leave the picture at the top.
  const values = lines.flatMap(({ points }) => points.map(({ value }) => value));
  const highest = values.reduce((most, value) => Math.max(most, value), 0);
  return [0, highest > 0 ? 1.08 * highest : 1];
}
