import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readEncoder } from '../../src/architectures/families.ts';
import { modelTypes } from '../../src/architectures/modelTypes.ts';
import { ModelFormatError } from '../../src/errors.ts';

const src = fileURLToPath(new URL('../../src', import.meta.url));
const miniLm = JSON.parse(readFileSync('public/weights/all-MiniLM-L6-v2/config.json', 'utf8'));

describe('readEncoder()', () => {
  it('asks the family that model_type names', () => {
    const encoder = readEncoder(miniLm);
    expect(encoder).toMatchObject({ hiddenSize: 384, headSize: 32, layers: 6, maxPositions: 512 });
    const names = encoder.parameters(new Set()).flatMap((run) => run.map(({ name }) => name));
    expect(names[0]).toBe(encoder.wordTable);
    expect(encoder.joined.flat().every((name) => names.includes(name))).toBe(true);
  });

  it.each(['roberta', 'BERT', 'constructor', '__proto__', undefined, null, 3, ['bert']])(
    'refuses the model_type %j by name',
    (model_type) => {
      const reading = () => readEncoder({ ...miniLm, model_type });
      expect(reading).toThrow(ModelFormatError);
      expect(reading).toThrow(
        /^config\.json: model_type is .+\. Only "bert" works, as in sentence-transformers\/all-MiniLM-L6-v2 or BAAI\/bge-small-en-v1\.5\.$/,
      );
      expect(reading).toThrow(expect.objectContaining({ file: 'config.json' }));
      if (typeof model_type === 'string') expect(reading).toThrow(`model_type is "${model_type}".`);
    },
  );

  it.each([undefined, null, [], 'text', 3])('refuses %j, which is no config', (config) => {
    expect(() => readEncoder(config)).toThrow(/config.json (is missing|holds)/);
  });
});

/**
 * Code that may know a family, and why. Tokenizers have kinds of their own: a WordPiece tokenizer is called BERT's.
 */
const mayKnow: Record<string, string> = {
  'app/model/trouble.ts': 'a text for people',
  'app/notebook/story.ts': 'texts for people, and the name of a model on the hub',
  'app/shell/ModelMenu.tsx': 'a text for people',
  'files/source/source.ts': 'an example of a model on the hub',
  'selfTest/tinyModel.ts': 'the stored results are those of a tiny BERT',
};

describe('src/ outside architectures/ and text/', () => {
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter(
    (file) => /\.(ts|tsx|py)$/.test(file) && !/^(architectures|text)\//.test(file),
  );
  const familiar = files.filter((file) => /bert|encoder\.layer\.|word_embeddings|pooler/i.test(codeOf(file)));

  it('names no family and none of its parameters', () => {
    expect(modelTypes).toEqual(['bert']);
    expect(files.length).toBeGreaterThan(300);
    expect(familiar.sort()).toEqual(Object.keys(mayKnow));
  });
});

/** A file without comments, and without names that sentence-transformers gave to all of its models. */
function codeOf(file: string): string {
  return readFileSync(join(src, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '')
    .replace(/sentence_?bert/gi, '');
}
