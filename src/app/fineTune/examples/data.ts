import { type Dataset, type DatasetTask, stratifiedSplit } from '../../../worker/client.ts';

/** A data file that was read. */
export interface Source {
  name: string;
  dataset: Dataset;
}

/** A text with labels of the chosen tasks. */
export interface LabelledText {
  text: string;
  labels: Record<string, string>;
}

/** Texts held out of training, of all. */
export const heldOutFraction = 0.2;

/** A column with more values than that is hardly one of labels. */
const mostLabels = 50;

/** Why a column cannot be learned, or is not likely to be meant so; undefined where it can. */
export function doubt({ labels }: DatasetTask): string | undefined {
  if (labels.length < 2) return 'one label only';
  if (labels.length > mostLabels) return `${labels.length} different labels`;
  return undefined;
}

/** The texts that have a label of one of the tasks, with those labels alone. */
export function textsFor({ examples }: Dataset, tasks: readonly string[]): LabelledText[] {
  return examples
    .map(({ text, labels }) => ({
      text,
      labels: Object.fromEntries(
        tasks.flatMap((task) => (Object.hasOwn(labels, task) ? [[task, labels[task]!]] : [])),
      ),
    }))
    .filter(({ labels }) => Object.keys(labels).length > 0);
}

/** How many texts are trained on and held out: the trainer's own split. A seed that is none counts as 0. */
export function splitSizes(
  texts: readonly LabelledText[],
  seed: number,
): { training: number; heldOut: number } {
  const { training, evaluation } = stratifiedSplit(texts, {
    fraction: heldOutFraction,
    seed: Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32 ? seed : 0,
  });
  return { training: training.length, heldOut: evaluation.length };
}
