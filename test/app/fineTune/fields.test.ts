import { afterEach, describe, expect, it } from 'vitest';
import { addressOf } from '../../../src/app/address.ts';
import { type Draft, fields } from '../../../src/app/fineTune/run/fields.ts';
import { summarize } from '../../../src/app/fineTune/run/options.ts';
import { checkTrainerOptions } from '../../../src/training/options/resolvedOptions.ts';

const examples = ['a', 'b'].flatMap((label) =>
  Array.from({ length: 5 }, (_, i) => ({ text: `${label} ${i}`, labels: { kind: label } })),
);

/** A value of each field that is not its first one, in the order of the form. */
const others = [5, 8, 0.1, 7, 0.3, 'linear', 4, 'adamw', 0.05, 1.5, 2, 10, { kind: 2 }];

function optionsOfNow(): Draft {
  const options: Draft = { examples };
  for (const { signal, write } of fields) {
    if (signal.value !== undefined) write(options, signal.value as NonNullable<unknown>);
  }
  return options;
}

function setAll(): void {
  for (const [i, { signal }] of fields.entries()) signal.value = others[i];
}

afterEach(() => {
  for (const { signal, initial } of fields) signal.value = initial;
});

describe('the fields of a run', () => {
  it('begin with options that the trainer takes', () => {
    const { epochs, batchSize, evaluation } = checkTrainerOptions(optionsOfNow(), [
      { name: 'kind', labels: ['a', 'b'] },
    ]);
    expect([epochs, batchSize, evaluation.length]).toEqual([3, 16, 2]);
  });

  it('read from options what they have written, and the first value where there is none', () => {
    expect(fields).toHaveLength(others.length);
    setAll();
    const options = optionsOfNow();
    expect(fields.map(({ read }) => read(options))).toEqual(others);
    const read = fields.map(({ read, initial }) => read({ examples }) ?? initial);
    expect(read).toEqual(fields.map(({ title, initial }) => (title === 'held out' ? 0 : initial)));
  });

  it('stand in the address where they differ, and are read from it', () => {
    expect(addressOf('fine-tune')).toBe('#fine-tune');
    setAll();
    const query = new URLSearchParams(addressOf('fine-tune').split('?')[1]);
    const carried = fields.filter(({ name }) => name !== undefined);
    expect([...query.keys()].sort()).toEqual(carried.map(({ name }) => name!).sort());
    for (const { name, parse, signal } of carried) expect(parse!(query.get(name!)!)).toBe(signal.value);
  });

  it('take from the address no number that makes no sense', () => {
    const parse = (wanted: string, text: string) => fields.find(({ name }) => name === wanted)!.parse!(text);
    expect(parse('epochs', '0')).toBeUndefined();
    expect(parse('epochs', '1.5')).toBeUndefined();
    expect(parse('dropout', '1')).toBeUndefined();
    expect(parse('seed', '4294967296')).toBeUndefined();
    expect(parse('clip', '0')).toBeUndefined();
    expect(parse('optimizer', 'sgd')).toBeUndefined();
    expect(parse('decay', '0')).toBe(0);
  });

  it('are told in words, by the same names for every run', () => {
    const first = summarize(optionsOfNow(), ['kind']);
    setAll();
    expect(summarize(optionsOfNow(), ['kind'])).toEqual({
      ...{ scenario: 'layer-wise', tasks: 'kind', epochs: '5', batch: '8', dropout: '0.1', seed: '7' },
      ...{ 'held out': '30 %', schedule: 'linear', 'warm-up': '4', optimizer: 'adamw' },
      ...{ 'weight decay': '0.05', clipping: '1.5', accumulate: '2', 'task weights': 'kind 2' },
    });
    expect(first).toMatchObject({
      ...{ 'held out': '20 %', optimizer: 'the scenario’s', 'weight decay': 'usual' },
      ...{ clipping: 'none', 'task weights': 'equal' },
    });
    expect(Object.keys(first)).toHaveLength(14);
  });
});
