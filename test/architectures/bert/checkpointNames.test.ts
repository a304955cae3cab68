import { openAsBlob } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { mapNames, parameterName } from '../../../src/architectures/bert/checkpointNames.ts';
import { ModelFormatError } from '../../../src/errors.ts';
import { openSafetensors } from '../../../src/files/safetensors/safetensorsFile.ts';

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

describe('mapNames', () => {
  it('maps every parameter of the real file', async () => {
    const { tensors } = await openSafetensors(
      await openAsBlob('public/weights/all-MiniLM-L6-v2/model.safetensors'),
    );
    const names = mapNames(tensors.keys());
    expect(names.size).toBe(103);
    expect([...names].every(([parameter, checkpoint]) => parameter === checkpoint)).toBe(true);
  });

  it('leads back to the names in the checkpoint', () => {
    const names = mapNames([
      'bert.embeddings.LayerNorm.gamma',
      'cls.predictions.bias',
      'bert.pooler.dense.weight',
    ]);
    expect([...names]).toEqual([
      ['embeddings.LayerNorm.weight', 'bert.embeddings.LayerNorm.gamma'],
      ['pooler.dense.weight', 'bert.pooler.dense.weight'],
    ]);
  });

  it('refuses a parameter that is there twice', () => {
    const twice = () => mapNames(['pooler.dense.bias', 'bert.pooler.dense.bias'], 'x.safetensors');
    expect(twice).toThrow(ModelFormatError);
    expect(twice).toThrow(
      'x.safetensors has the parameter pooler.dense.bias twice: as pooler.dense.bias and as bert.pooler.dense.bias.',
    );
  });
});
