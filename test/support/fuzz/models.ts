import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileWith } from '../safetensorsBytes.ts';

export type Files = Record<string, Uint8Array<ArrayBuffer>>;

const json = (value: unknown) => Uint8Array.from(new TextEncoder().encode(JSON.stringify(value)));

/** A model's folder that sentence-transformers wrote, as files in memory. */
async function read(folder: string): Promise<Files> {
  const paths = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = paths.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return Object.fromEntries(
    await Promise.all(
      files.map(async (path) => [path.slice(folder.length + 1), Uint8Array.from(await readFile(path))]),
    ),
  );
}

/**
 * Models of a few layers. `dense`: newer words, tokenizer.json, a Dense module, and a head that was saved with it
 * here. `sharded`: weights in three files, vocab.txt; here with old words for modules and pooling.
 */
export async function models(fixtures: string): Promise<{ dense: Files; sharded: Files }> {
  const [dense, sharded] = await Promise.all([
    read(join(fixtures, 'dense')),
    read(join(fixtures, 'sharded')),
  ]);
  const floats = (count: number) =>
    new Uint8Array(Float32Array.from({ length: count }, (_, i) => i / 9).buffer);
  const head = fileWith([
    { name: 'weight', dtype: 'F32', shape: [2, 32], bytes: floats(64) },
    { name: 'bias', dtype: 'F32', shape: [2], bytes: floats(2) },
  ]);
  return {
    dense: {
      ...dense,
      'config_sentence_transformers.json': json({
        __version__: {},
        tabgrad: { version: '0', heads: 'heads/index.json' },
      }),
      'heads/index.json': json([{ name: 'topic', folder: 'topic' }]),
      'heads/topic/config.json': json({ name: 'topic', labels: ['a', 'b'], pooling: 'mean' }),
      'heads/topic/model.safetensors': head,
    },
    sharded: { ...sharded, 'added_tokens.json': json({ '[NEW]': 165 }) },
  };
}
