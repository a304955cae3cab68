import fc from 'fast-check';
import Papa from 'papaparse';
import { describe, expect, it } from 'vitest';
import { csvLine } from '../../src/data/csv.ts';

describe('a line of CSV', () => {
  it('has quotes where some program needs them, and where they are asked for', () => {
    const cells = ['plain', 'a,b', 'a;b', 'a\tb', 'a "b"', 'a\nb', ' a', 'a ', '', undefined, 1.5, false];
    expect(csvLine(cells)).toBe('plain,"a,b","a;b","a\tb","a ""b""","a\nb"," a","a ",,,1.5,false\r\n');
    expect(csvLine(['plain', 'too'], { quoted: 1 })).toBe('plain,"too"\r\n');
  });

  it('reads back as it was', () => {
    const cell = fc.string({ unit: fc.constantFrom(...'a "\',;\t\n\r=') });
    fc.assert(
      fc.property(fc.array(cell, { minLength: 2, maxLength: 5 }), (cells) => {
        const line = csvLine(cells).slice(0, -2);
        expect(Papa.parse(line, { delimiter: ',', newline: '\r\n' }).data).toEqual([cells]);
      }),
    );
  });
});
