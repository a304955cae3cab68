import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contrast, inkOn, mix, parseHex, type Rgb } from '../../src/app/color.ts';
import { hasLongWord, toSentences } from '../../src/app/embed/sentences/sentences.ts';
import { statistics } from '../../src/app/embed/statistics.ts';
import { clip, duration, fixed, rate } from '../../src/app/format.ts';
import { advise } from '../../src/app/model/advice.ts';

describe('statistics', () => {
  it('are the mean and the unbiased standard deviation', () => {
    // torch.tensor([1., 2., 4.]).std() is 1.5275
    expect(statistics(new Float32Array([1, 2, 4]))).toEqual({
      mean: expect.closeTo(7 / 3, 12),
      deviation: expect.closeTo(Math.sqrt(7 / 3), 12),
    });
  });
});

describe('toSentences', () => {
  it('takes one a line, as it was typed, and skips blank lines', () => {
    expect(toSentences('a\r\n\n  b \n\t\nc')).toEqual(['a', '  b ', 'c']);
    expect(toSentences(' \n\n')).toEqual([]);
  });
});

describe('hasLongWord', () => {
  it('is true from 101 letters or digits without a break, but not for ideographs', () => {
    expect(hasLongWord(`see ${'x'.repeat(101)}!`)).toBe(true);
    expect(hasLongWord(`${'x'.repeat(100)} ${'y'.repeat(100)}`)).toBe(false);
    expect(hasLongWord('漢'.repeat(500))).toBe(false);
    expect(hasLongWord('é1'.repeat(51))).toBe(true);
  });
});

describe('format', () => {
  it('clips without cutting a character in two', () => {
    expect(clip('short', 5)).toBe('short');
    expect(clip('ab😀cd', 3)).toBe('ab…');
    expect(clip('ab😀cd', 4)).toBe('ab😀…');
  });

  it('writes numbers for people', () => {
    expect(fixed(-0.00114, 4)).toBe('−0.0011');
    expect([duration(21.4), duration(3421)]).toEqual(['21 ms', '3.4 s']);
    expect([rate(0.84), rate(1234.4)]).toEqual(['0.8', '1,234']);
  });
});

describe('color', () => {
  it('mixes, and stays at the ends beyond them', () => {
    const [low, high] = [parseHex('#000000'), parseHex('#ff8000')];
    expect(mix(low, high, 0.5)).toEqual([128, 64, 0]);
    expect(mix(low, high, -1)).toEqual(low);
    expect(mix(low, high, 2)).toEqual(high);
  });

  it('knows contrast', () => {
    expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 10);
    // #767676 on white is the well-known edge of AA.
    expect(contrast(parseHex('#767676'), [255, 255, 255])).toBeCloseTo(4.54, 2);
  });

  it('finds an ink that reads on every colour', () => {
    const part = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(fc.tuple(part, part, part), (color) => contrast(color as Rgb, inkOn(color as Rgb)) >= 4.5),
    );
  });
});

describe('advise', () => {
  const agents = {
    linuxChrome:
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
    edge: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/110.0.0.0 Safari/537.36 Edg/110.0.0.0',
    android:
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/110.0.0.0 Mobile Safari/537.36',
    firefoxMac: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0',
    firefoxLinux: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    safari:
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/605.1.15',
    iphone:
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/120.0 Mobile/15E148 Safari/604.1',
  };

  it.each([
    ['linuxChrome', 'chrome://flags/#enable-unsafe-webgpu'],
    ['edge', 'edge://settings/system'],
    ['android', 'version 121'],
    ['firefoxMac', 'version 145'],
    ['firefoxLinux', 'dom.webgpu.enabled'],
    ['safari', 'Safari 26'],
    ['iphone', 'iOS or iPadOS 26'],
  ] as const)('%s: %s', (agent, expected) => {
    expect(advise('missing', agents[agent]).steps.join(' ')).toContain(expected);
  });

  it('speaks of Linux flags on Linux only', () => {
    for (const agent of ['edge', 'android', 'safari'] as const) {
      expect(advise('missing', agents[agent]).steps.join(' ')).not.toContain('flags');
    }
  });

  it('names the driver where there is no adapter, and https where the page is insecure', () => {
    expect(advise('no-adapter', agents.edge).steps[0]).toContain('driver');
    expect(advise('insecure', agents.edge).steps).toEqual([expect.stringContaining('https')]);
    expect(advise('missing', '').steps).toHaveLength(1);
  });
});
