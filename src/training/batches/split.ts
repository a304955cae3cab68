import { ArgumentError } from '../../errors.ts';
import { randomWords, shuffle } from './random.ts';

/** The labels that the split reads: a class by task, as name or index; undefined is no label. */
export interface Labelled {
  labels: Readonly<Record<string, string | number | undefined>>;
}

/** Indices of examples, ascending; every example is in one of them. */
export interface Split {
  training: number[];
  evaluation: number[];
}

/** The split's stream of random numbers: others that use the same seed have other streams. */
const STREAM = 2;

/**
 * Holds out a part of the examples: the same part of every combination of labels, as far as whole numbers allow.
 * Examples that are alone with their combination count as one combination together. At least one example of every
 * class stays in training, so the part held out can be smaller than asked for.
 * @param examples in the order that the indices mean
 * @param options `fraction`, between 0 and 1: fraction · count, rounded, are held out
 * @throws ArgumentError for a fraction that is not between 0 and 1
 */
export function stratifiedSplit(
  examples: readonly Labelled[],
  { fraction, seed }: { fraction: number; seed: number },
): Split {
  if (typeof fraction !== 'number' || !(fraction > 0 && fraction < 1)) {
    const remedy = 'Use a number between 0 and 1, such as 0.2.';
    const problem = `stratifiedSplit(): fraction is ${String(fraction)}. ${remedy}`;
    throw new ArgumentError(problem, { argument: 'fraction' });
  }
  const namesOf = classNamer();
  const classes = examples.map(({ labels }) => namesOf(labels));
  const left = new Map<string, number>();
  for (const name of classes.flat()) left.set(name, (left.get(name) ?? 0) + 1);

  const strata = stratify(classes);
  const sizes = strata.map(({ length }) => length);
  const quotas = apportion(sizes, Math.round(fraction * examples.length));
  const heldOut = new Set<number>();
  strata.forEach((stratum, s) => {
    let quota = quotas[s]!;
    for (const i of shuffle(stratum, randomWords(seed, STREAM, s))) {
      if (quota === 0) break;
      if (classes[i]!.some((name) => left.get(name) === 1)) continue;
      for (const name of classes[i]!) left.set(name, left.get(name)! - 1);
      heldOut.add(i);
      quota -= 1;
    }
  });
  const indices = examples.map((_, i) => i);
  return {
    training: indices.filter((i) => !heldOut.has(i)),
    evaluation: indices.filter((i) => heldOut.has(i)),
  };
}

/** Makes the function that names an example's classes: one name for each task that it has a label for, sorted. */
function classNamer(): (labels: Labelled['labels']) => string[] {
  // Texts are many, classes few: each is written as JSON once.
  const names = new Map<string, Map<string | number, string>>();
  const nameOf = (task: string, label: string | number): string => {
    const ofTask = names.get(task) ?? new Map<string | number, string>();
    if (ofTask.size === 0) names.set(task, ofTask);
    const name = ofTask.get(label) ?? JSON.stringify([task, label]);
    ofTask.set(label, name);
    return name;
  };
  return (labels) =>
    Object.entries(labels)
      .flatMap(([task, label]) => (label === undefined ? [] : [nameOf(task, label)]))
      .sort();
}

/** Groups indices by combination of classes, in order of appearance; those alone with theirs are the last group. */
function stratify(classes: readonly (readonly string[])[]): number[][] {
  const strata = new Map<string, number[]>();
  classes.forEach((names, i) => {
    const key = names.join();
    const stratum = strata.get(key) ?? [];
    strata.set(key, stratum);
    stratum.push(i);
  });
  const all = [...strata.values()];
  const alone = all.filter(({ length }) => length === 1).flat();
  const shared = all.filter(({ length }) => length > 1);
  return alone.length === 0 ? shared : [...shared, alone];
}

/** Shares a total among groups by their sizes: whole parts first, the rest by the largest remainders (Hamilton). */
function apportion(sizes: readonly number[], total: number): number[] {
  const whole = sizes.reduce((a, b) => a + b, 0);
  const exact = sizes.map((size) => (size * total) / whole);
  const quotas = exact.map(Math.floor);
  const rest = total - quotas.reduce((a, b) => a + b, 0);
  const byRemainder = exact
    .map((share, i) => ({ i, remainder: share - Math.floor(share) }))
    .sort((a, b) => b.remainder - a.remainder);
  for (const { i } of byRemainder.slice(0, rest)) quotas[i]! += 1;
  return quotas;
}
