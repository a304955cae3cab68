import { ModelFormatError } from '../../../src/errors.ts';
import { readFolder } from '../../../src/model/folder.ts';
import { readVocabularyFile } from '../../../src/text/vocabularyFile.ts';
import { isTokenizers, mutatedModels, sizeOf } from './folder.ts';
import { changedFiles, type Family } from './hunt.ts';
import { type Files, models } from './models.ts';

const texts = ['', 'some words', 'Größe [MASK] [NEW] 5" \u{20000} 中文 \ud800 x', 'a'.repeat(300)];

/** Tokenizers of both kinds of models: of tokenizer.json, and of vocab.txt and what lies beside it. */
export async function tokenizer(fixtures: string): Promise<Family<Files>> {
  const { dense, sharded } = await models(fixtures);
  return {
    name: 'tokenizer',
    inputs: mutatedModels([dense, sharded, sharded], isTokenizers),
    size: sizeOf,
    async read(files) {
      checkVocabulary(files);
      const { tokenizer, repository } = await readFolder(files, {});
      const most = repository.encoder.vocabularySize;
      for (const text of texts) {
        const { ids, truncated } = tokenizer.encode(text, repository.maxLength);
        if (ids.length < 2 || ids.length > repository.maxLength) throw new Error(`${ids.length} ids.`);
        if (!ids.every((id) => Number.isInteger(id) && id >= 0 && id < most))
          throw new Error(`Ids ${ids} of ${most}.`);
        const pieces = [...tokenizer.pieces(text, 1)].flatMap((piece) => tokenizer.encodePiece(piece));
        if (!truncated && pieces.join() !== ids.slice(1, -1).join())
          throw new Error('Pieces have other ids.');
      }
      if (!(tokenizer.padId >= 0 && tokenizer.padId < most)) throw new Error('The padding has no row.');
      return `of ${files['tokenizer.json'] ? 'tokenizer.json' : 'vocab.txt'}`;
    },
    show: (files) => changedFiles(files, [dense, sharded]),
    refusals: [ModelFormatError],
    names: /\w+\.(json|txt)/,
  };
}

/** The lines of vocab.txt as Python's `str.rstrip` and a dictionary would have them. */
function checkVocabulary(files: Files): void {
  const bytes = files['vocab.txt'];
  if (!bytes) return;
  let text: string | undefined;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // Lines that are blank by their bytes are never decoded, so what is no UTF-8 is found there or in the reader.
  }
  let read: Map<string, number>;
  try {
    read = readVocabularyFile(bytes, 10_000);
  } catch (error) {
    if (text !== undefined || !(error instanceof ModelFormatError))
      throw new Error(`vocab.txt is right, and refused: ${String(error)}`);
    return;
  }
  const expected = new Map<string, number>();
  for (const [id, line] of (text ?? '').split('\n').entries()) {
    const token = line.replace(/\p{White_Space}+$/u, '');
    if (token !== '') expected.set(token, id);
  }
  if (JSON.stringify([...read]) !== JSON.stringify([...expected]))
    throw new Error('vocab.txt has other tokens.');
}
