import { describe, expect, it } from 'vitest';
import { openSafetensors } from '../../../src/files/safetensors/safetensorsFile.ts';
import { checkTensors, openSealed, PIECE, SealedDraft } from '../../../src/files/safetensors/sealed.ts';
import { readCheckpoint } from '../../../src/training/checkpoint/file.ts';

const seeded = (length: number) => Uint8Array.from({ length }, (_, i) => Math.imul(i + 1, 0x9e3779b9) >>> 24);

/** A small file that is a checkpoint as far as one can tell without a model. */
async function small(): Promise<Uint8Array<ArrayBuffer>> {
  const draft = new SealedDraft();
  await draft.addJson('run/texts.json', { examples: [{ text: 'a text', labels: { topic: 'b' } }] });
  await draft.addJson('run/history.json', []);
  await draft.add({ name: 'heads.topic.bias', dtype: 'F32', shape: [2] }, seeded(8));
  const state = {
    model: {},
    changed: [],
    heads: [{ name: 'topic', labels: ['a', 'b'], pooling: 'cls' }],
    settings: { frozen: [{ regExp: ['^a', 'i'] }], epochs: 2 },
    savedAt: 5,
    step: 1,
    totalSteps: 2,
    evaluated: -1,
    best: { event: null, waited: 0 },
    stream: 0,
    taken: {},
    owesDecay: false,
  };
  const file = await draft.finish({ tabgradCheckpoint: '1', tabgrad: '0', state: JSON.stringify(state) });
  return new Uint8Array(await file.arrayBuffer());
}

const readAll = async (file: Blob) => {
  await checkTensors(file, await openSealed(file, 'it'), 'it');
  return readCheckpoint(file);
};

describe('a sealed file', () => {
  it('is a safetensors file with the tensors as they came, in pieces or not', async () => {
    const values = seeded(PIECE + 40);
    const plan = { name: 'long', dtype: 'F32' as const, shape: [PIECE / 4 + 10] };
    const draft = new SealedDraft();
    await draft.addJson('facts', { some: 'ü' });
    await draft.add(plan, values.slice(0, PIECE));
    await draft.add(plan, values.slice(PIECE));
    const blob = await draft.finish({ mine: 'yes' });
    const file = await openSealed(blob, 'it');
    await checkTensors(blob, file, 'it');
    expect(file.metadata.mine).toBe('yes');
    const plain = await openSafetensors(new Uint8Array(await blob.arrayBuffer()));
    expect(Buffer.from(await plain.bytes('long')).equals(values)).toBe(true);
    expect(new TextDecoder().decode(await plain.bytes('facts'))).toBe('{"some":"ü"}');
    // Aligned: wide types first.
    expect(plain.tensors.get('long')!.begin).toBeLessThan(plain.tensors.get('facts')!.begin);
    expect(plain.tensors.get('long')!.begin % 8).toBe(0);
  });

  it('that is changed in the second piece of a tensor is found out', async () => {
    const draft = new SealedDraft();
    const plan = { name: 'long', dtype: 'U8' as const, shape: [PIECE + 1] };
    await draft.add(plan, new Uint8Array(PIECE));
    await draft.add(plan, new Uint8Array(1));
    const blob = await draft.finish({});
    const bytes = new Uint8Array(await blob.arrayBuffer());
    bytes[bytes.length - 1] = 1;
    const changed = new Blob([bytes]);
    const file = await openSealed(changed, 'it');
    await expect(checkTensors(changed, file, 'it')).rejects.toMatchObject({
      name: 'CheckpointError',
      reason: 'damaged',
      message: expect.stringMatching(/"long"/),
    });
  });

  it('reads as it was written', async () => {
    const content = await readAll(new Blob([await small()]));
    expect(content).toEqual({
      options: {
        examples: [{ text: 'a text', labels: { topic: 'b' } }],
        frozen: [/^a/i],
        epochs: 2,
      },
      heads: [{ name: 'topic', labels: ['a', 'b'], pooling: 'cls' }],
      step: 1,
      totalSteps: 2,
      savedAt: 5,
      history: [],
    });
  });
});
