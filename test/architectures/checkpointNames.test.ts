import { openAsBlob } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parameterName } from '../../src/architectures/bert/names.ts';
import { checkpointNames } from '../../src/architectures/checkpointNames.ts';
import { ModelFormatError } from '../../src/errors.ts';
import { openSafetensors } from '../../src/files/safetensors/safetensorsFile.ts';

const bert = { parameterName };

describe('checkpointNames', () => {
  it('maps every parameter of the real file', async () => {
    const { tensors } = await openSafetensors(
      await openAsBlob('public/weights/all-MiniLM-L6-v2/model.safetensors'),
    );
    const names = checkpointNames(bert, tensors.keys());
    expect(names.size).toBe(103);
    expect([...names].every(([parameter, checkpoint]) => parameter === checkpoint)).toBe(true);
  });

  it('leads back to the names in the checkpoint', () => {
    const names = checkpointNames(bert, [
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
    const twice = () => checkpointNames(bert, ['pooler.dense.bias', 'bert.pooler.dense.bias']);
    expect(twice).toThrow(ModelFormatError);
    expect(twice).toThrow(
      'model.safetensors has the parameter pooler.dense.bias twice: as pooler.dense.bias and as bert.pooler.dense.bias.',
    );
  });
});
