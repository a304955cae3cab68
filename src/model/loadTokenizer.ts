import { ModelFormatError } from '../errors.ts';
import { asObject } from '../files/json.ts';
import { foreignKind } from '../files/source/notAModelFile.ts';
import type { Repository } from '../repository/repository.ts';
import { createTokenizer, type TextTokenizer } from '../text/tokenizer.ts';
import { wordPieceTokenizer } from '../text/wordPiece.ts';

/** The parsed files of a repository that describe its tokenizer; undefined for a file that is missing. */
export interface TokenizerFiles {
  /** tokenizer.json */
  tokenizer: unknown;
  /** tokenizer_config.json */
  config: unknown;
  /** special_tokens_map.json */
  specialTokens: unknown;
  /** vocab.txt */
  vocabulary: Uint8Array | undefined;
  /** Reads added_tokens.json, which only a tokenizer without tokenizer.json needs. */
  addedTokens: () => Promise<unknown>;
  /** config.json's `tokenizer_class` */
  tokenizerClass: unknown;
}

/** Makes the tokenizer that Python makes of these files: of tokenizer.json, or of vocab.txt where that is missing. */
export async function loadTokenizer(
  files: TokenizerFiles,
  { encoder, lowerCase }: Repository,
  folder: string,
): Promise<TextTokenizer> {
  const config = withSpecialTokens(files);
  const json = files.tokenizer ?? (await fromVocabulary(files, config, encoder.vocabularySize, folder));
  const source = files.tokenizer === undefined ? 'vocab.txt' : 'tokenizer.json';
  const tokenizer = createTokenizer(json, config, { lowerCase });
  if (tokenizer.vocabularySize > encoder.vocabularySize) {
    throw new ModelFormatError(
      `${source} has ids up to ${tokenizer.vocabularySize - 1}, but config.json says vocab_size ${encoder.vocabularySize}. The two belong to different models.`,
      { file: source },
    );
  }
  return tokenizer;
}

async function fromVocabulary(
  { vocabulary, addedTokens, tokenizerClass }: TokenizerFiles,
  config: Record<string, unknown>,
  mostTokens: number,
  folder: string,
): Promise<object> {
  if (!vocabulary) {
    throw new ModelFormatError(
      `There is neither ${folder}tokenizer.json nor ${folder}vocab.txt. One of them is needed: load the model with a current transformers in Python and save it again, which writes tokenizer.json.`,
      { file: `${folder}tokenizer.json`, missing: true },
    );
  }
  const instead = foreignKind(vocabulary);
  if (instead) {
    const problem = `${folder}vocab.txt is no vocabulary: it is ${instead}.`;
    throw new ModelFormatError(problem, { file: 'vocab.txt' });
  }
  const added = await addedTokens();
  return wordPieceTokenizer({ vocabulary, config, addedTokens: added, tokenizerClass }, mostTokens);
}

/**
 * Special tokens as Python reads them: special_tokens_map.json, an older file, overrides tokenizer_config.json unless
 * the latter has an added_tokens_decoder. Beside a tokenizer.json both files say the same.
 */
function withSpecialTokens({ config, specialTokens, tokenizer }: TokenizerFiles): Record<string, unknown> {
  const own = config === undefined ? {} : asObject(config, 'tokenizer_config.json');
  if (tokenizer !== undefined || specialTokens === undefined || own.added_tokens_decoder !== undefined)
    return own;
  return { ...own, ...asObject(specialTokens, 'special_tokens_map.json') };
}
