import { describe, expect, it } from 'vitest';
import { parameterName } from '../../../src/architectures/bert/names.ts';

describe('parameterName', () => {
  it.each([
    ['embeddings.word_embeddings.weight', 'embeddings.word_embeddings.weight'],
    ['bert.embeddings.word_embeddings.weight', 'embeddings.word_embeddings.weight'],
    ['bert.encoder.layer.11.output.LayerNorm.gamma', 'encoder.layer.11.output.LayerNorm.weight'],
    ['embeddings.LayerNorm.beta', 'embeddings.LayerNorm.bias'],
    ['model.embeddings.LayerNorm.weight', 'embeddings.LayerNorm.weight'],
    ['model.bert.encoder.layer.0.output.dense.bias', 'encoder.layer.0.output.dense.bias'],
    ['bert.model.pooler.dense.bias', null],
    ['bert.pooler.dense.bias', 'pooler.dense.bias'],
    ['bert.embeddings.position_ids', null],
    ['embeddings.token_type_ids', null],
    ['cls.predictions.transform.LayerNorm.gamma', null],
    ['cls.seq_relationship.weight', null],
    ['classifier.weight', null],
    ['bert', null],
    ['', null],
  ])('of %s is %s', (checkpoint, parameter) => {
    expect(parameterName(checkpoint)).toBe(parameter);
  });
});
