import { csvLine } from '../../data/csv.ts';
import type { Embeddings } from '../../types.ts';
import type { Result } from './state.ts';

/**
 * The content of the files. Each text format comes in parts, one a row, so that the page can make a long file bit by bit.
 * A number is written with 9 significant digits, which give the same float32 back.
 */
export type Exportable = Pick<Result, 'model' | 'sentences' | 'embeddings' | 'pooling' | 'normalize'>;

/** One object: the settings, the sentences and the vectors as arrays. */
export function* jsonParts({ model, sentences, embeddings, pooling, normalize }: Exportable) {
  const { shape, tokens, truncated } = embeddings;
  const facts = JSON.stringify({ model, pooling, normalize, shape, sentences, tokens, truncated });
  yield `${facts.slice(0, -1)},"embeddings":[`;
  for (let i = 0; i < shape[0]; i++) yield `${i === 0 ? '\n' : ',\n'}[${digits(embeddings, i).join(',')}]`;
  yield '\n]}\n';
}

/** RFC 4180, with a header: sentence, tokens, truncated, then the vector's columns 0, 1, … */
export function* csvParts({ sentences, embeddings }: Exportable) {
  const { shape, tokens, truncated } = embeddings;
  const cut = new Set(truncated);
  yield csvLine(['sentence', 'tokens', 'truncated', ...Array(shape[1]).keys()]);
  for (let i = 0; i < shape[0]; i++) {
    yield csvLine([sentences[i]!, tokens[i], cut.has(i), ...digits(embeddings, i)], { quoted: 0 });
  }
}

/** The vectors for the Embedding Projector: tab-separated, no header. */
export function* vectorsTsvParts({ embeddings }: Exportable) {
  for (let i = 0; i < embeddings.shape[0]; i++) yield `${digits(embeddings, i).join('\t')}\n`;
}

/** The labels for the Embedding Projector: a single column has no header there, and a label no tab or line break. */
export function* metadataTsvParts({ sentences }: Exportable) {
  for (const sentence of sentences) yield `${sentence.replace(/[\t\r\n]/g, ' ')}\n`;
}

/**
 * A NumPy array, n × dimension, float32, little-endian as every platform with WebGPU has it in memory.
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html version 1.0
 */
export function* npyParts({ embeddings }: Exportable) {
  const [n, dimension] = embeddings.shape;
  const facts = `{'descr': '<f4', 'fortran_order': False, 'shape': (${n}, ${dimension}), }`;
  const lead = 10; // magic, version, length of the header
  const length = Math.ceil((lead + facts.length + 1) / 64) * 64 - lead;
  const header = new Uint8Array(lead + length);
  header.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, length & 0xff, length >> 8]);
  header.set(new TextEncoder().encode(`${facts.padEnd(length - 1)}\n`), lead);
  yield header;
  yield embeddings.data;
}

function digits({ data, shape: [, dimension] }: Embeddings, i: number): number[] {
  return Array.from(data.subarray(i * dimension, (i + 1) * dimension), (value) =>
    Number(value.toPrecision(9)),
  );
}
