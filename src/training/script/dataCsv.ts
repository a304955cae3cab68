import { csvLine } from '../../data/csv.ts';
import type { HeadLabels } from '../options/examples.ts';
import { resolveExamples } from '../options/examples.ts';
import type { ResolvedOptions, TrainerOptions } from '../options/options.ts';

/** How a head stands in data.csv. */
export interface HeadColumn {
  column: string;
  /** Its labels: none is blank, no two are alike. */
  cells: readonly string[];
}

const text = 'text';
const heldOut = 'held_out';

/** Columns of their own for all heads, whatever they are called. */
export function headColumns(heads: readonly HeadLabels[]): HeadColumn[] {
  const columns = distinct(
    heads.map(({ name }) => name),
    [text, heldOut],
    'head',
  );
  return heads.map(({ labels }, h) => ({ column: columns[h]!, cells: distinct(labels, [], 'blank') }));
}

/**
 * All examples of a run as CSV: text, a column for each head, held_out. A blank cell is no label. Examples that are
 * evaluated on and not among the run's come last.
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export function dataCsv(
  { examples, evaluation }: TrainerOptions,
  heads: readonly HeadLabels[],
  resolved: ResolvedOptions,
  columns: readonly HeadColumn[],
): string {
  const apart = Array.isArray(evaluation)
    ? evaluation
    : (evaluation as { examples?: TrainerOptions['examples'] })?.examples;
  const held = new Set(apart ? [] : resolved.evaluation.map(({ index }) => index));
  const rows = (
    argument: 'examples' | 'evaluation',
    list: TrainerOptions['examples'],
    isHeld: (i: number) => boolean,
  ) => {
    const labels = new Map(
      resolveExamples(argument, list, heads).map((example) => [example.index, example.labels]),
    );
    return list.map((example, i) => [
      example.text,
      ...heads.map(({ name }, h) => columns[h]!.cells[labels.get(i)?.[name] ?? -1] ?? ''),
      isHeld(i) ? '1' : '0',
    ]);
  };
  const lines = [
    [text, ...columns.map(({ column }) => column), heldOut],
    ...rows('examples', examples, (i) => held.has(i)),
    ...(apart ? rows('evaluation', apart, () => true) : []),
  ];
  return lines.map((cells) => csvLine(cells)).join('');
}

/** Names as UTF-8 can hold them; a number is added to one that is blank or would be another's. */
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
