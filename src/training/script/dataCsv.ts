import { csvLine } from '../../data/csv.ts';
import { resolveLabelled } from '../losses/labelledExamples.ts';
import type { Example, HeadLabels } from '../options/examples.ts';
import type { TrainerOptions } from '../options/options.ts';
import { evaluationOptions, type SplitExamples } from '../options/splitExamples.ts';

export interface HeadColumn {
  column: string;
  /** Its labels as they are written: none is blank, and no two are alike. */
  cells: readonly string[];
}

const text = 'text';
const heldOut = 'held_out';

/** Gives each head a column of its own, whatever the heads are called. */
export function headColumns(heads: readonly HeadLabels[]): HeadColumn[] {
  const columns = distinct(
    heads.map(({ name }) => name),
    [text, heldOut],
    'head',
  );
  return heads.map(({ labels }, h) => ({ column: columns[h]!, cells: distinct(labels, [], 'blank') }));
}

/**
 * Writes all examples of a run as CSV: text, a column for each head, held_out. A blank cell means no label. Examples
 * that are only evaluated on come last.
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export function dataCsv(
  { examples, evaluation }: TrainerOptions,
  heads: readonly HeadLabels[],
  split: Pick<SplitExamples, 'evaluation'>,
  columns: readonly HeadColumn[],
): string {
  const { examples: apart } = evaluationOptions(evaluation);
  const held = new Set(apart ? [] : split.evaluation.map(({ index }) => index));
  const rows = (argument: 'examples' | 'evaluation', list: TrainerOptions['examples']) => {
    const labelled = resolveLabelled(argument, list, heads);
    const labels = new Map(labelled.map(({ index, targets }) => [index, targets]));
    return (list as readonly Example[]).map((example, i) => [
      example.text,
      ...heads.map(({ name }, h) => columns[h]!.cells[labels.get(i)?.[name] ?? -1] ?? ''),
      argument === 'evaluation' || held.has(i) ? '1' : '0',
    ]);
  };
  const lines = [
    [text, ...columns.map(({ column }) => column), heldOut],
    ...rows('examples', examples),
    ...(apart ? rows('evaluation', apart) : []),
  ];
  return lines.map((cells) => csvLine(cells)).join('');
}

/** Makes names that UTF-8 can hold. A number is added to a name that is blank or would be another's. */
function distinct(names: readonly string[], others: readonly string[], blank: string): string[] {
  // Half a surrogate pair has no bytes of its own.
  const written = names.map((name) => name.replace(/\p{Cs}/gu, '\ufffd') || blank);
  const kept = new Set(names.filter((name, i) => name === written[i] && !others.includes(name)));
  const taken = new Set([...others, ...kept]);
  return names.map((name, i) => {
    if (kept.has(name)) return name;
    let free = written[i]!;
    for (let n = 2; taken.has(free); n++) free = `${written[i]} ${n}`;
    taken.add(free);
    return free;
  });
}
