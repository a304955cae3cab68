import { describe, expect, it } from 'vitest';
import { quote } from '../../src/values/quote.ts';

describe('what a message quotes of a file', () => {
  it.each([
    null,
    true,
    -0.5,
    'a "b"\n',
    [],
    {},
    [1, [null, 'a']],
    { a: { b: [1, {}] }, 'c"': [] },
    JSON.parse('{"__proto__": 1, "toString": 2}'),
  ])('is JSON: %j', (value) => {
    expect(quote(value)).toBe(JSON.stringify(value));
  });

  it('is a word for what JSON does not have', () => {
    expect(quote(undefined)).toBe('undefined');
    expect(quote(10n)).toBe('10');
  });

  it.each([
    ['a long text', 'x'.repeat(1e6)],
    ['a long list', Array(1e5).fill(0)],
    ['a large object', Object.fromEntries(Array.from({ length: 1e4 }, (_, i) => [`key ${i}`, i]))],
    ['a list deeper than the stack', JSON.parse(`${'['.repeat(1e5)}${']'.repeat(1e5)}`)],
    ['an object deeper than the stack', JSON.parse(`${'{"a":'.repeat(2e4)}1${'}'.repeat(2e4)}`)],
  ])('is the beginning of %s', (_, value) => {
    const text = quote(value);
    expect(text).toHaveLength(101);
    expect(text.endsWith('…')).toBe(true);
  });
});
