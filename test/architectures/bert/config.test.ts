import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readBertConfig } from '../../../src/architectures/bert/config.ts';

const miniLm = JSON.parse(readFileSync('public/weights/all-MiniLM-L6-v2/config.json', 'utf8'));

describe('readBertConfig()', () => {
  it('reads the real MiniLM', () => {
    expect(readBertConfig(miniLm)).toEqual({
      hiddenSize: 384,
      heads: 12,
      layers: 6,
      intermediateSize: 1536,
      vocabularySize: 30522,
      maxPositions: 512,
      typeVocabularySize: 2,
      layerNormEps: 1e-12,
      paddingId: 0,
    });
  });

  it('fills in what BertConfig of transformers has a default for', () => {
    const { hidden_act, position_embedding_type, layer_norm_eps, pad_token_id, ...bare } = miniLm;
    expect(readBertConfig(bare)).toMatchObject({ layerNormEps: 1e-12, paddingId: 0 });
  });
});
