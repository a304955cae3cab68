import { describe, expect, it } from 'vitest';
import {
  csvParts,
  type Exportable,
  jsonParts,
  metadataTsvParts,
  npyParts,
  vectorsTsvParts,
} from '../../../src/app/embed/exports.ts';
import { collect } from '../../../src/app/save.ts';
import { seededTensor } from '../../support/seeded.ts';

function resultOf(sentences: string[], dimension: number): Exportable {
  const n = sentences.length;
  return {
    model: 'a-model',
    sentences,
    embeddings: {
      data: seededTensor('exports', [n, dimension], 1, 0),
      shape: [n, dimension],
      tokens: sentences.map((_, i) => i + 3),
      truncated: [n - 1],
    },
    pooling: 'mean',
    normalize: true,
  };
}

const odd = ['plain', 'a "quoted", one', 'tab\there', '<b>&amp;</b> ünïcödé 漢字 😀', '=1+1'];
const result = resultOf(odd, 5);
const joined = (parts: Iterable<unknown>) => [...parts].join('');
const rows = odd.map((_, i) => result.embeddings.data.subarray(i * 5, i * 5 + 5));

describe('exports', () => {
  it('JSON gives back the same sentences and the same float32', () => {
    const parsed = JSON.parse(joined(jsonParts(result)));
    expect(parsed).toMatchObject({
      model: 'a-model',
      pooling: 'mean',
      normalize: true,
      shape: [5, 5],
      sentences: odd,
      tokens: [3, 4, 5, 6, 7],
      truncated: [4],
    });
    expect(parsed.embeddings.map((row: number[]) => new Float32Array(row))).toEqual(
      rows.map((row) => row.slice()),
    );
  });

  it('JSON of no sentences is JSON', () => {
    expect(JSON.parse(joined(jsonParts(resultOf([], 5)))).embeddings).toEqual([]);
  });

  it('writes numbers that every reader takes, also tiny and negative ones', () => {
    const data = new Float32Array([1e-45, -1.17549435e-38, 3.4028235e38, -0.1, 0]);
    const extreme = {
      ...resultOf(['x'], 5),
      embeddings: { ...result.embeddings, data, shape: [1, 5] as [number, number] },
    };
    const texts = joined(vectorsTsvParts(extreme)).trimEnd().split('\t');
    expect(new Float32Array(texts.map(Number))).toEqual(data);
    expect(texts[3]).toBe('-0.100000001');
  });

  it('CSV quotes sentences and marks what was cut', () => {
    const lines = joined(csvParts(result)).split('\r\n');
    expect(lines[0]).toBe('sentence,tokens,truncated,0,1,2,3,4');
    expect(lines[2]).toMatch(/^"a ""quoted"", one",4,false,/);
    expect(lines[5]).toMatch(/^"=1\+1",7,true,/);
    expect(lines[6]).toBe('');
    const numbers = lines[1]!.split(',').slice(3).map(Number);
    expect(new Float32Array(numbers)).toEqual(rows[0]!.slice());
  });

  it('Projector TSV has a line a sentence in both files', () => {
    const vectors = joined(vectorsTsvParts(result)).trimEnd().split('\n');
    const labels = joined(metadataTsvParts(result)).trimEnd().split('\n');
    expect(labels).toEqual(['plain', 'a "quoted", one', 'tab here', odd[3], '=1+1']);
    expect(vectors).toHaveLength(labels.length);
    expect(new Float32Array(vectors[4]!.split('\t').map(Number))).toEqual(rows[4]!.slice());
  });

  it.each([
    [1, 1],
    [3, 384],
    [10_000, 2],
    [123_456, 1],
  ])('NPY %i × %i: header of version 1.0 to the byte, then the data', async (n, dimension) => {
    const given = resultOf(Array(n).fill('x'), dimension);
    const file = await collect(npyParts(given), 'application/octet-stream');
    const bytes = new Uint8Array(await file.arrayBuffer());
    expect([...bytes.subarray(0, 8)]).toEqual([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
    const length = new DataView(bytes.buffer).getUint16(8, true);
    const header = new TextDecoder().decode(bytes.subarray(10, 10 + length));
    expect((10 + length) % 64).toBe(0);
    expect(header).toMatch(/^[^\n]* *\n$/);
    expect(header.trimEnd()).toBe(
      `{'descr': '<f4', 'fortran_order': False, 'shape': (${n}, ${dimension}), }`,
    );
    expect(new Float32Array(bytes.buffer, 10 + length)).toEqual(given.embeddings.data);
  });

  it('a file collected bit by bit holds the parts in order', async () => {
    function* slowly() {
      for (let i = 0; i < 5; i++) {
        const until = performance.now() + 8;
        while (performance.now() < until);
        yield `${i}\n`;
      }
    }
    const file = await collect(slowly(), 'text/plain');
    expect(file.type).toBe('text/plain');
    expect(await file.text()).toBe('0\n1\n2\n3\n4\n');
  });
});
