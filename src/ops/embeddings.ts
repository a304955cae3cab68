import source from '../../shaders/embeddings.wgsl?raw';
import row from '../../shaders/lib/row.wgsl?raw';
import { kernel } from '../gpu/kernel.ts';
import { expectShape } from '../tensor/shape.ts';
import { empty, type Tensor } from '../tensor/tensor.ts';
import { rowGroups, rowLanes, run } from './run.ts';
import { expectWidth } from './width.ts';

const forward = kernel('embeddings.forward', [row, source], 'forward');

/** BERT's embedding tables with the layer norm behind them. */
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

/**
 * layerNorm(word[tokens] + position[positions] + tokenType[0]). Ids beyond a table are the caller's to prevent.
 * @param tokens [T], uint32
 * @param positions [T], uint32
 * @returns [T, H]
 * @throws ShapeError
 * @see Devlin et al. 2018, https://arxiv.org/abs/1810.04805
 */
export function embeddings(tokens: Tensor, positions: Tensor, tables: EmbeddingTables, eps: number): Tensor {
  const { word, position, tokenType, gamma, beta } = tables;
  expectShape('embeddings', 'word', word.shape, [null, null]);
  expectWidth('embeddings', word);
  const width = word.shape[1]!;
  const rows = tokens.size;
  expectShape('embeddings', 'positions', positions.shape, [rows]);
  expectShape('embeddings', 'position', position.shape, [null, width]);
  expectShape('embeddings', 'tokenType', tokenType.shape, [null, width]);
  expectShape('embeddings', 'gamma', gamma.shape, [width]);
  expectShape('embeddings', 'beta', beta.shape, [width]);
  const y = empty(word.engine, [rows, width]);
  run(
    forward,
    { tokens, positions, word, position, tokenType, gamma, beta, y },
    { params: { rows, width: width / 4, eps }, constants: rowLanes(y.engine), groups: rowGroups(rows) },
  );
  return y;
}
