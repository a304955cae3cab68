import { dot, lineY, plot, ruleX } from '@observablehq/plot';
import { taskColor } from '../swatch.ts';
import { type History, type Point, pointsOf, stepsOf } from './history.ts';

const height = 240;
/** Up to here a step is marked: a line of one point would not be seen. */
const mostDots = 30;

/** The losses by task: a line for training, a dashed one for what is held out, and where the run stands. */
export function lossChart(history: History, place: HTMLElement): Element {
  const train = pointsOf(history.steps);
  const heldOut = pointsOf(history.evaluations);
  const color = ({ task }: Point) => taskColor(task);
  const at = { x: 'step', y: 'loss', z: 'task', stroke: color } as const;
  const highest = Math.max(...[...train, ...heldOut].map(({ loss }) => loss), 0.1);
  const last = Math.max(history.planned, stepsOf(history), 1);
  return plot({
    width: place.clientWidth,
    height,
    marginLeft: 36,
    marginRight: 12,
    marginBottom: 34,
    style: { fontSize: '12px', background: 'transparent', color: 'inherit' },
    x: {
      label: 'step',
      domain: [0, last],
      ticks: Math.min(last, 8),
      tickFormat: (step: number) => (Number.isInteger(step) ? String(step) : ''),
    },
    y: { label: 'loss', domain: [0, highest * 1.05], grid: true, ticks: 5 },
    color: { type: 'identity' },
    marks: [
      ruleX([stepsOf(history)], { strokeDasharray: '2 3', strokeOpacity: 0.6 }),
      lineY(heldOut, { ...at, strokeWidth: 2, strokeDasharray: '5 4' }),
      lineY(train, { ...at, strokeWidth: 2 }),
      train.length <= mostDots ? dot(train, { ...at, r: 2.5, fill: color }) : undefined,
      dot(heldOut, { ...at, r: 3 }),
    ],
  });
}
