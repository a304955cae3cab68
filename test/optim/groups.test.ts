import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../src/errors.ts';
import { type GroupOptions, parameterSettings } from '../../src/optim/paramGroups.ts';
import { lastMatches, matchPattern, matchPatterns, type Pattern } from '../../src/optim/patterns.ts';
import { type Schedule, scheduleFactor } from '../../src/optim/schedule.ts';
import { effort } from '../support/effort.ts';
import { readJson } from '../support/fixtures.ts';

const names = [
  'embeddings.word_embeddings.weight',
  'embeddings.LayerNorm.weight',
  'encoder.layer.0.attention.self.query.weight',
  'encoder.layer.0.attention.self.query.bias',
  'encoder.layer.1.output.dense.weight',
  'encoder.layer.11.output.dense.weight',
  'heads.topic.weight',
  'heads.topic.bias',
];
const match = (pattern: Pattern) => matchPattern(pattern, names, 'frozen').map((name) => names.indexOf(name));

describe('a pattern', () => {
  it.each<[Pattern, number[]]>([
    ['embeddings.*', [0, 1]],
    ['*', [0, 1, 2, 3, 4, 5, 6, 7]],
    ['encoder.layer.1.*', [4]],
    ['encoder.layer.{0,11}.*', [2, 3, 5]],
    ['{encoder.layer.{0,1},heads.topic}.*', [2, 3, 4, 6, 7]],
    ['*.bias', [3, 7]],
    ['*LayerNorm*', [1]],
    ['*self*weight', [2]],
    ['heads.topic.weight', [6]],
    ['heads.topic{,.extra}.bias', [7]],
    [/\.layer\.1\d*\./, [4, 5]],
    [/weight$/gy, []],
    [/bias/g, [3, 7]],
  ])('%s', (pattern, expected) => {
    if (expected.length > 0) expect(match(pattern)).toEqual(expected);
    else expect(() => match(pattern)).toThrow(ArgumentError);
  });

  it('is taken literally but for stars and braces, and as a whole', () => {
    for (const pattern of [
      'embeddings',
      'weight',
      'heads?topic?weight',
      'encoder.layer.0.',
      'h*s.topic.weigh',
    ]) {
      expect(() => match(pattern)).toThrow(ArgumentError);
    }
    // The pieces around a star may not overlap.
    expect(() => matchPattern('aba*aba', ['aba', 'ababa'], 'frozen')).toThrow(ArgumentError);
    expect(matchPattern('aba*aba', ['abaaba'], 'frozen')).toEqual(['abaaba']);
  });

  it('that matches nothing is an error that names it and what is like it', () => {
    expect(() => match('head.topic.*')).toThrow(
      /frozen: the pattern "head\.topic\.\*" matches none of the 8 parameters\. Names like it: heads\.topic\.weight, heads\.topic\.bias/,
    );
    expect(() => match(/pooler/)).toThrow(/\/pooler\/ .*embeddings\.word_embeddings\.weight/);
    expect(() => matchPattern('*', [], 'frozen')).toThrow(ArgumentError);
    expect(() => match('*.bais')).toThrow(expect.objectContaining({ argument: 'frozen', pattern: '*.bais' }));
  });

  it.each(['{a', 'a}', '{a,{b}', ''])('"%s" is refused', (pattern) => {
    expect(() => match(pattern)).toThrow(ArgumentError);
  });

  it('of another kind is refused', () => {
    for (const pattern of [undefined, null, 3, {}]) {
      expect(() => match(pattern as unknown as Pattern)).toThrow(/expected a glob or a RegExp/);
    }
    expect(() => matchPatterns('embeddings.*' as unknown as Pattern[], names, 'frozen')).toThrow(
      /expected a list of patterns, got embeddings/,
    );
  });

  it('cannot make the search long', async () => {
    const long = ['a'.repeat(5000)];
    const taken = await effort(() => {
      expect(() => matchPattern(`${'*a'.repeat(1000)}*b`, long, 'frozen')).toThrow(ArgumentError);
      expect(() => matchPattern('{a,b}'.repeat(40), long, 'frozen')).toThrow(/more than 10000/);
    });
    expect(taken).toBeLessThan(50);
  });
});

describe('rules', () => {
  it('give each name the value of the last that matches', () => {
    const rules = [
      ['encoder.*', 1],
      ['*.bias', 2],
      ['encoder.layer.0.*.bias', 3],
      [/topic/, 4],
    ] as const;
    expect([...lastMatches(rules, names, 'learningRate').values()]).toEqual([1, 3, 1, 1, 4, 4]);
  });
});

describe('settings', () => {
  const settings = (options: Partial<GroupOptions>) =>
    parameterSettings(names, { learningRate: 1e-3, weightDecay: 0.01, ...options });

  it('have rate, decay and what is frozen', () => {
    const map = settings({
      learningRate: [
        ['*', 1e-5],
        ['encoder.layer.{1,11}.*', 1e-4],
        ['heads.*', 1e-3],
      ],
      frozen: ['embeddings.*'],
      noDecay: ['*.bias'],
    });
    expect([...map.keys()]).toEqual(names);
    expect([...map.values()].map(({ rate }) => rate)).toEqual([
      null,
      null,
      1e-5,
      1e-5,
      1e-4,
      1e-4,
      1e-3,
      1e-3,
    ]);
    expect([...map.values()].map(({ weightDecay }) => weightDecay)).toEqual([
      0, 0, 0.01, 0, 0.01, 0.01, 0.01, 0,
    ]);
  });

  it('may freeze everything, or train at rate 0', () => {
    expect([...settings({ frozen: ['*'] }).values()].every(({ rate }) => rate === null)).toBe(true);
    expect(settings({ learningRate: 0 }).get('heads.topic.bias')).toEqual({ rate: 0, weightDecay: 0.01 });
  });

  it.each([Number.NaN, -1e-3, Number.POSITIVE_INFINITY, '1e-3', null, undefined])(
    'refuse %s as a rate',
    (rate) => {
      const learningRate = rate as number;
      expect(() => settings({ learningRate })).toThrow(ArgumentError);
      expect(() =>
        settings({
          learningRate: [
            ['heads.*', learningRate],
            ['*', 1],
          ],
        }),
      ).toThrow(`learningRate for heads.*: ${rate} is not`);
      expect(() => settings({ weightDecay: learningRate })).toThrow(
        expect.objectContaining({ argument: 'weightDecay' }),
      );
    },
  );

  it('refuse a parameter without a rate that is not frozen', () => {
    expect(() => settings({ learningRate: [['heads.*', 1e-3]] })).toThrow(
      /no pattern gives a rate to embeddings\.word_embeddings\.weight, .* and 3 more/,
    );
    const frozen = ['em*', 'en*'];
    expect(settings({ learningRate: [['heads.*', 1e-3]], frozen }).get(names[6]!)?.rate).toBe(1e-3);
  });
});

describe('a schedule', () => {
  type Recorded = Required<Schedule> & { totalSteps: number; factors: number[] };
  const { schedules } = readJson<{ schedules: Recorded[] }>('optim/schedule');

  it.each(schedules)("$kind, $warmupSteps of $totalSteps steps, has transformers' factors", (recorded) => {
    const factor = scheduleFactor(recorded, recorded.totalSteps);
    recorded.factors.forEach((expected, update) => {
      expect(factor(update)).toBeCloseTo(expected, 14);
    });
  });
});
