import { ModelFormatError } from '../errors.ts';
import { asObject } from '../files/json.ts';
import { standIn } from '../files/source/notAModelFile.ts';
import type { Repository } from '../repository/repository.ts';
import { createTokenizer, type TextTokenizer } from '../text/tokenizer.ts';
import { wordPieceTokenizer } from '../text/wordPiece.ts';

/** Contents of a repository's files about its tokenizer; undefined where there is no such file. */
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

/**
 * The tokenizer that Python would make of these files: of tokenizer.json or, where there is none, of vocab.txt.
 * @param folder of the files, for messages: '' or ending in a slash
 * @throws ModelFormatError naming the file and what is wrong
 */
export async function loadTokenizer(
  files: TokenizerFiles,
  { bert, lowerCase }: Repository,
  folder: string,
): Promise<TextTokenizer> {
  const config = withSpecialTokens(files);
  const json = files.tokenizer ?? (await fromVocabulary(files, config, bert.vocabularySize, folder));
  const source = files.tokenizer === undefined ? 'vocab.txt' : 'tokenizer.json';
  const tokenizer = createTokenizer(json, config, { lowerCase });
  if (tokenizer.vocabularySize > bert.vocabularySize) {
    throw new ModelFormatError(
      `${source} has ids up to ${tokenizer.vocabularySize - 1}, but config.json says vocab_size ${bert.vocabularySize}. The two belong to different models.`,
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
  const instead = standIn(vocabulary);
  if (instead) {
    throw new ModelFormatError(`${folder}vocab.txt is no vocabulary: it is ${instead}.`, {
      file: 'vocab.txt',
    });
  }
  const added = await addedTokens();
  return wordPieceTokenizer({ vocabulary, config, addedTokens: added, tokenizerClass }, mostTokens);
}

/**
 * Python lets special_tokens_map.json, a file of old, override tokenizer_config.json unless that has an added_tokens_decoder.
 * Beside tokenizer.json it says the same again.
 */
function withSpecialTokens({ config, specialTokens, tokenizer }: TokenizerFiles): Record<string, unknown> {
  const own = config === undefined ? {} : asObject(config, 'tokenizer_config.json');
  if (tokenizer !== undefined || specialTokens === undefined || own.added_tokens_decoder !== undefined)
    return own;
  return { ...own, ...asObject(specialTokens, 'special_tokens_map.json') };
}
