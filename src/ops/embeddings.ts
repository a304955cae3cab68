import source from '../../shaders/embeddings.wgsl?raw';
import row from '../../shaders/lib/row.wgsl?raw';
import { kernel } from '../gpu/kernel.ts';
import { gradientToWrite, leafOf, needsGradient, record } from '../tensor/autograd.ts';
import { expectQuads, expectShape } from '../tensor/shape.ts';
import { empty, fromData, type Tensor } from '../tensor/tensor.ts';
import { layerNorm } from './layerNorm.ts';
import { rowCall, run } from './run.ts';
import { segmentSums } from './sums/segmentSums.ts';

const forward = kernel('embeddings.forward', [row, source], 'forward');
const gather = kernel('embeddings.gather', [row, source], 'gather');

/** BERT's embedding tables, and the layer norm that follows them. */
export interface EmbeddingTables {
  /** [V, H] */
  word: Tensor;
  /** [P, H] */
  position: Tensor;
  /** [types, H]; row 0 is added to every token. */
  tokenType: Tensor;
  /** [H] */
  gamma: Tensor;
  /** [H] */
  beta: Tensor;
}

/** Rows of the tables that the tokens of a packed batch look up. */
export interface TokenIds {
  /** [T], each below V */
  tokens: Uint32Array<ArrayBuffer>;
  /** [T], each below P */
  positions: Uint32Array<ArrayBuffer>;
}

/**
 * layerNorm(word[tokens] + position[positions] + tokenType[0]). The caller sees to it that no id lies beyond its
 * table.
 * Backward: each table row gets the sum of the gradients of the rows that it was copied to; `paddingId` gets none, as
 * with PyTorch's `padding_idx`.
 * @param paddingId the word row that does not train
 * @returns [T, H]
 * @throws ShapeError
 * @see Devlin et al. 2018, https://arxiv.org/abs/1810.04805
 */
export function embeddings(
  { tokens, positions }: TokenIds,
  { word, position, tokenType, gamma, beta }: EmbeddingTables,
  eps: number,
  paddingId?: number,
): Tensor {
  const { engine } = word;
  expectShape('embeddings', 'word', word.shape, [null, null]);
  expectQuads('embeddings', word.shape);
  const width = word.shape[1]!;
  const rows = tokens.length;
  expectShape('embeddings', 'positions', [positions.length], [rows]);
  expectShape('embeddings', 'position', position.shape, [null, width]);
  expectShape('embeddings', 'tokenType', tokenType.shape, [null, width]);
  expectShape('embeddings', 'gamma', gamma.shape, [width]);
  expectShape('embeddings', 'beta', beta.shape, [width]);
  const y = empty(engine, [rows, width]);
  const ids = { tokens: fromData(engine, tokens), positions: fromData(engine, positions) };
  const tensors = { ...ids, word, position, tokenType, y };
  const call = rowCall(engine, rows, { rows, rowQuads: width / 4, eps });
  if (![word, position, tokenType, gamma, beta].some(needsGradient)) {
    run(forward, { ...tensors, gamma, beta }, call);
    return y;
  }

  run(gather, tensors, call);
  record(y, [word, position, tokenType], (dOut) => {
    const compact = leafOf(word)?.rows;
    const rowOf = (id: number) => (id === paddingId ? -1 : compact ? (compact.get(id) ?? -1) : id);
    const gathered = [
      { table: word, rowOf: Int32Array.from(tokens, rowOf) },
      { table: position, rowOf: positions },
      { table: tokenType, rowOf: new Uint32Array(rows) },
    ].flatMap(({ table, rowOf }) => {
      const wanted = gradientToWrite(table);
      return wanted ? [{ rowOf, ...wanted }] : [];
    });
    segmentSums(dOut, gathered);
  });
  return layerNorm(y, gamma, beta, eps);
}
