import fc from 'fast-check';

/**
 * JSON whose keys may be there twice, and whose values may be no JSON at all. Keys and values are as they are
 * written.
 */
type Node = { raw: string } | { items: Node[] } | { entries: [key: string, node: Node][] };

const place = fc.nat(2 ** 30);

/** Deeper than a stack: JSON.parse reads it, what goes through it by recursion ends in a RangeError. */
const deepList = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
const deepObject = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;

const values = [
  'null',
  'true',
  'false',
  '0',
  '-0',
  '1',
  '2',
  '3',
  '4',
  '8',
  '-1',
  '0.5',
  '1e999',
  '-1e999',
  '1e300',
  '4294967295',
  '4294967296',
  '1000000',
  '100000000',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  'NaN',
  '""',
  '" "',
  '"a"',
  '"mean"',
  '"0"',
  '"__proto__"',
  '"constructor"',
  '"toString"',
  '"../../etc"',
  '"\\u0000"',
  '"\\ud800"',
  '"\\ufeff"',
  '[]',
  '{}',
  '[[]]',
  '[null]',
  '[0]',
  '["mean"]',
  '{"__proto__":{"a":1}}',
  '{"toString":1,"valueOf":1}',
  '{"toJSON":1}',
  '{"length":-1}',
  '{"content":{"toString":null}}',
  `"${'x'.repeat(20_000)}"`,
  `[${Array(3000).fill('0').join()}]`,
];
const keys = [
  '__proto__',
  'constructor',
  'toString',
  'length',
  '',
  'type',
  'name',
  '__metadata__',
  'hasOwnProperty',
];

/** One change of a JSON file; what it means to do is in {@link changedJson}. */
export const jsonChange = fc.oneof(
  {
    weight: 40,
    arbitrary: fc.record({ kind: fc.constant('value'), at: place, raw: fc.constantFrom(...values) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('value'),
      at: place,
      raw: fc.constantFrom(deepList, deepObject),
    }),
  },
  {
    weight: 15,
    arbitrary: fc.record({ kind: fc.constant('nudge'), at: place, by: fc.constantFrom(-4, -1, 1, 4, 0.5) }),
  },
  { weight: 15, arbitrary: fc.record({ kind: fc.constant('remove'), at: place }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('double'), at: place }) },
  {
    weight: 10,
    arbitrary: fc.record({ kind: fc.constant('key'), at: place, key: fc.constantFrom(...keys) }),
  },
  { weight: 15, arbitrary: fc.record({ kind: fc.constant('copy'), at: place, from: place }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('wrap'), at: place }) },
);

export type JsonChange = typeof jsonChange extends fc.Arbitrary<infer T> ? T : never;

/** A JSON file, changed and printed. @param value plain JSON */
export function changedJson(value: unknown, changes: readonly JsonChange[]): string {
  // In a list of one, so that the whole can be replaced as any part can.
  const whole = { items: [treeOf(value)] };
  for (const change of changes) apply(whole, change);
  return whole.items.map(print).join('');
}

/** Where a node hangs. */
interface Spot {
  get(): Node;
  set(node: Node): void;
  remove(): void;
  double(): void;
  rename(key: string): void;
}

function apply(whole: { items: Node[] }, change: JsonChange): void {
  const spots = [...spotsOf(whole)];
  const spotAt = (part: number) => spots[Math.floor((part / (2 ** 30 + 1)) * spots.length)];
  const spot = spotAt(change.at);
  if (!spot) return;
  if ('raw' in change) spot.set({ raw: change.raw });
  else if ('key' in change) spot.rename(change.key);
  else if ('from' in change) spot.set(structuredClone(spotAt(change.from)!.get()));
  else if ('by' in change) {
    // To the next number, so that the change is one of a number.
    const numbers = spots.filter((each) => isNumber(each.get()));
    const target = numbers[change.at % Math.max(1, numbers.length)];
    const node = target?.get();
    if (target && node && 'raw' in node) target.set({ raw: String(Number(node.raw) + change.by) });
  } else if (change.kind === 'remove') spot.remove();
  else if (change.kind === 'double') spot.double();
  else spot.set({ items: [spot.get()] });
}

function isNumber(node: Node): boolean {
  return 'raw' in node && Number.isFinite(Number(node.raw));
}

function* spotsOf(node: Node): Generator<Spot> {
  if ('raw' in node) return;
  if ('items' in node) {
    const { items } = node;
    for (const [i, item] of items.entries()) {
      yield {
        get: () => items[i]!,
        set: (next) => {
          items[i] = next;
        },
        remove: () => items.splice(i, 1),
        double: () => items.splice(i, 0, structuredClone(items[i]!)),
        rename: () => {},
      };
      yield* spotsOf(item);
    }
    return;
  }
  const { entries } = node;
  for (const [i, [, item]] of entries.entries()) {
    yield {
      get: () => entries[i]![1],
      set: (next) => {
        entries[i]![1] = next;
      },
      remove: () => entries.splice(i, 1),
      double: () => entries.push(structuredClone(entries[i]!)),
      rename: (key) => {
        entries[i]![0] = key;
      },
    };
    yield* spotsOf(item);
  }
}

function treeOf(value: unknown): Node {
  if (Array.isArray(value)) return { items: value.map(treeOf) };
  if (typeof value !== 'object' || value === null) return { raw: JSON.stringify(value) };
  return { entries: Object.entries(value).map(([key, part]) => [key, treeOf(part)]) };
}

function print(node: Node): string {
  if ('raw' in node) return node.raw;
  if ('items' in node) return `[${node.items.map(print).join()}]`;
  return `{${node.entries.map(([key, part]) => `${JSON.stringify(key)}:${print(part)}`).join()}}`;
}
