import fc from 'fast-check';

/** A place in a file, as a part of 2³⁰ of its length: it stays a place when the file is shorter. */
const place = fc.nat(2 ** 30);
const short = fc.integer({ min: 1, max: 64 });

/** Numbers that length fields are tried with. */
const oddNumbers = [
  0n,
  1n,
  2n,
  7n,
  8n,
  255n,
  256n,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x10000n,
  0x1000000n,
  0x7fffffffn,
  0x80000000n,
  0xfffffff0n,
  0xffffffffn,
  0x100000000n,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** One change of a file's bytes; what it means to do is in {@link changed}. */
export const byteChange = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('flip'), at: place, bit: fc.nat(7) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('put'),
      at: place,
      bytes: fc.uint8Array({ minLength: 1, maxLength: 12 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('number'),
      at: place,
      size: fc.constantFrom(1, 2, 4, 8),
      value: fc.constantFrom(...oddNumbers),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('nudge'),
      at: place,
      by: fc.constantFrom(-8, -4, -2, -1, 1, 2, 4, 8),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end'), at: place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cut'), at: place, length: short }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('insert'),
      at: place,
      bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('repeat'),
      at: place,
      from: place,
      length: short,
      times: short,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('splice'), at: place, from: place, other: fc.nat(99) }),
  },
);

export type ByteChange = typeof byteChange extends fc.Arbitrary<infer T> ? T : never;

/**
 * A changed copy of a file.
 * @param others files that a splice takes its end from
 * @param fields places of lengths and offsets: where there are some, every second number goes to one of them
 */
export function changed(
  file: Uint8Array,
  changes: readonly ByteChange[],
  others: readonly Uint8Array[],
  fields: readonly number[] = [],
): Uint8Array<ArrayBuffer> {
  let bytes = Uint8Array.from(file);
  for (const change of changes) bytes = apply(bytes, change, others, fields);
  return bytes;
}

function apply(
  bytes: Uint8Array<ArrayBuffer>,
  change: ByteChange,
  others: readonly Uint8Array[],
  fields: readonly number[],
): Uint8Array<ArrayBuffer> {
  const scaled = (part: number, length: number) => Math.floor((part / (2 ** 30 + 1)) * length);
  const at = scaled(change.at, bytes.length);
  const fieldAt = change.at % 2 === 1 && fields.length > 0 ? fields[scaled(change.at, fields.length)]! : at;
  const replaced = (begin: number, end: number, ...middle: Uint8Array[]) =>
    joined([bytes.subarray(0, begin), ...middle, bytes.subarray(end)]);
  if ('bit' in change) {
    if (at < bytes.length) bytes[at]! ^= 1 << change.bit;
    return bytes;
  }
  if ('value' in change) {
    for (let i = 0; i < change.size && fieldAt + i < bytes.length; i++)
      bytes[fieldAt + i] = Number((change.value >> BigInt(8 * i)) & 255n);
    return bytes;
  }
  if ('by' in change) {
    if (fieldAt < bytes.length) bytes[fieldAt]! += change.by;
    return bytes;
  }
  if ('times' in change) {
    const from = scaled(change.from, bytes.length);
    const piece = bytes.slice(from, from + change.length);
    return replaced(at, at, ...Array<Uint8Array>(change.times).fill(piece));
  }
  if ('other' in change) {
    const other = others[change.other % Math.max(1, others.length)] ?? bytes;
    return joined([bytes.subarray(0, at), other.subarray(scaled(change.from, other.length))]);
  }
  if ('bytes' in change) {
    if (change.kind === 'insert') return replaced(at, at, change.bytes);
    bytes.set(change.bytes.subarray(0, bytes.length - at), at);
    return bytes;
  }
  return 'length' in change ? replaced(at, at + change.length) : bytes.slice(0, at);
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
