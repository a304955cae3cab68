import { describe } from '../../values/describe.ts';
import { isObject } from '../../values/isObject.ts';
import { wrong } from '../options/checks.ts';
import type { Example, HeadLabels, ResolvedExample } from '../options/examples.ts';

type Classes = ReadonlyMap<string, ReadonlyMap<string, number>>;

/**
 * Texts with their labels as classes. Those without any label are left out.
 * @throws ArgumentError for no heads, no labels, what is no example, and a head or label that does not exist
 */
export function resolveLabelled(
  argument: 'examples' | 'evaluation',
  examples: unknown,
  heads: readonly HeadLabels[],
): ResolvedExample[] {
  if (heads.length === 0) {
    const problem = 'are none: the model has nothing to train on labels.';
    throw wrong('heads', `${problem} Call addHead() first, or pass heads.`);
  }
  if (!Array.isArray(examples)) {
    const remedy = `Pass a list of { text, labels: { ${heads[0]!.name}: … } }.`;
    throw wrong(argument, `is ${describe(examples)}. ${remedy}`);
  }
  if (examples.length === 0) throw wrong(argument, 'is an empty list. Give at least two examples.');
  const classes: Classes = new Map(
    heads.map(({ name, labels }) => [name, new Map(labels.map((label, c) => [label, c]))]),
  );
  const resolved = Array.from(examples, (example: unknown, index) => {
    const { text, labels } = expectExample(`${argument}[${index}]`, example, index);
    const targets = classesOf(`${argument}[${index}].labels`, labels, classes, index);
    return { index, texts: { text }, targets };
  });
  const labelled = resolved.filter(({ targets }) => Object.keys(targets).length > 0);
  if (labelled.length === 0) {
    const names = heads.map(({ name }) => name).join(', ');
    throw wrong(argument, `have no label: none of the ${examples.length}. Give labels for ${names}.`);
  }
  return labelled;
}

function expectExample(where: string, example: unknown, position: number): Example {
  if (typeof example !== 'object' || example === null) {
    throw wrong(where, `is ${describe(example)}. Pass { text, labels }.`, { position });
  }
  const { text, labels } = example as Partial<Example>;
  if (typeof text !== 'string')
    throw wrong(`${where}.text`, `is ${describe(text)}. Pass a string.`, { position });
  if (isObject(labels)) return { text, labels: labels as Example['labels'] };
  const problem = `is ${describe(labels)}. Pass labels by head, such as { topic: 'sport' }.`;
  throw wrong(`${where}.labels`, problem, { position });
}

/** Class by head. The record has no prototype: a head may be called 'constructor'. */
function classesOf(
  where: string,
  labels: Example['labels'],
  classes: Classes,
  position: number,
): Record<string, number> {
  const resolved: Record<string, number> = Object.create(null);
  for (const [head, label] of Object.entries(labels)) {
    if (label === undefined || label === null) continue;
    const known = classes.get(head);
    if (!known) {
      const heads = [...classes.keys()].join(', ');
      const problem = `have "${head}", and the model no head of that name. It has ${heads}.`;
      throw wrong(where, problem, { position, head });
    }
    const isIndex = Number.isInteger(label) && Number(label) >= 0 && Number(label) < known.size;
    const found = typeof label === 'string' ? known.get(label) : isIndex ? Number(label) : undefined;
    if (found === undefined) {
      const problem = `give ${describe(label)} for "${head}", which is not one of its labels: ${list(known)}.`;
      throw wrong(where, problem, { position, head, label });
    }
    resolved[head] = found;
  }
  return resolved;
}

function list(labels: ReadonlyMap<string, number>): string {
  const some = [...labels].slice(0, 20).map(([name, index]) => `"${name}" (${index})`);
  return some.join(', ') + (labels.size > some.length ? ` and ${labels.size - some.length} more` : '');
}

/** A head that sees one class only would learn to say it always. @throws ArgumentError */
export function expectClasses(examples: readonly ResolvedExample[], heads: readonly HeadLabels[]): void {
  for (const { name, labels } of heads) {
    const seen = new Set(examples.flatMap(({ targets }) => targets[name] ?? []));
    if (seen.size !== 1) continue;
    const [only] = seen;
    throw wrong(
      'examples',
      `have one class only for "${name}": ${describe(labels[only!])}. ` +
        'A task needs examples of at least two; leave its labels out to train the others.',
      { task: name },
    );
  }
}
