import { Tokenizer } from '@huggingface/tokenizers';
import { ArgumentError, ModelFormatError } from '../errors.ts';
import { createPieces, squeezeMarks, supplementaryIdeographs } from './pieces.ts';
import { type BertNormalizer, readBertTokenizer } from './tokenizerFiles.ts';

/** The token ids of a text, and whether the text was cut to fit. */
export interface EncodedText {
  ids: number[];
  truncated: boolean;
}

/** Turns text into the ids that Python's tokenizer of the same repository gives. */
export interface TextTokenizer {
  /** Id of the padding token. */
  readonly padId: number;
  /** Largest id plus one: rows that the embedding table needs. */
  readonly vocabularySize: number;
  /**
   * @param text any string; lone surrogates are dropped
   * @param maxLength most tokens, counting [CLS] and [SEP]; an integer of at least 2
   * @returns ids with [CLS] first and [SEP] last, and whether the text was cut
   * @throws ArgumentError if maxLength is not such an integer
   */
  encode(text: string, maxLength: number): EncodedText;
  /** Cuts a text into pieces, whose ids joined are the text's. @param least fewest UTF-16 units; 1 gives words */
  pieces(text: string, least?: number): Generator<string>;
  /** All ids of a piece, without [CLS] and [SEP]. */
  encodePiece(piece: string): number[];
}

/**
 * Makes a BERT (WordPiece) tokenizer of tokenizer.json and tokenizer_config.json. Their truncation and padding are
 * ignored: the caller gives the limit.
 * @param options `lowerCase`: whether to lower-case even if these files do not say so
 * @throws ModelFormatError if the files are damaged, are not a BERT tokenizer, or lack a special token
 */
export function createTokenizer(
  tokenizerJson: unknown,
  tokenizerConfig: unknown,
  options: { lowerCase?: boolean } = {},
): TextTokenizer {
  const files = readBertTokenizer(tokenizerJson, tokenizerConfig);
  const { json, config, special, vocabularySize, addedTokens } = files;
  if (options.lowerCase && !json.normalizer.lowercase) {
    const strip_accents = json.normalizer.strip_accents ?? false;
    json.normalizer = { ...json.normalizer, lowercase: true, strip_accents };
  }
  const tokenizer = attempt(() => new Tokenizer(json, config));
  checkFrame(tokenizer, special);

  const pieces = createPieces(addedTokens, json.normalizer.handle_chinese_chars);
  const prepare = preparation(json.normalizer);
  const encodePiece = (piece: string) => tokenizer.encode(prepare(piece), { add_special_tokens: false }).ids;

  return {
    padId: special.pad,
    vocabularySize,
    pieces,
    encodePiece,
    encode(text, maxLength) {
      if (!Number.isSafeInteger(maxLength) || maxLength < 2) {
        throw new ArgumentError(
          `maxLength is ${String(maxLength)}. Give an integer of at least 2: [CLS] and [SEP] are counted.`,
          { argument: 'maxLength' },
        );
      }
      const room = maxLength - 2;
      const ids = [special.cls];
      let truncated = false;
      for (const piece of pieces(text)) {
        const found = encodePiece(piece);
        const free = room - (ids.length - 1);
        for (let i = 0; i < Math.min(free, found.length); i++) ids.push(found[i]!);
        truncated = found.length > free;
        if (truncated) break;
      }
      ids.push(special.sep);
      return { ids, truncated };
    },
  };
}

/** Adds the file's name to errors of the library. */
function attempt<T>(use: () => T): T {
  try {
    return use();
  } catch (cause) {
    throw new ModelFormatError(`tokenizer.json could not be used: ${String(cause).slice(0, 300)}`, {
      file: 'tokenizer.json',
    });
  }
}

/** Checks that tokenizer.json puts the same ids around a text as `encode` does. */
function checkFrame(tokenizer: Tokenizer, special: { cls: number; sep: number }): void {
  const idsOf = (text: string) => attempt(() => tokenizer.encode(text)).ids;
  const ids = idsOf('');
  // A letter is one token in every vocabulary, though it may be the unknown one.
  const [first, letter, last, ...more] = idsOf('a');
  const isFrame = ids.length === 2 && ids[0] === special.cls && ids[1] === special.sep;
  if (isFrame && first === ids[0] && letter !== undefined && last === ids[1] && more.length === 0) return;
  throw new ModelFormatError(
    `tokenizer.json puts the ids [${ids.join(', ')}] around a text, where BERT has ` +
      `[${special.cls}, ${special.sep}] ([CLS] and [SEP]). Only BERT's post-processor works.`,
    { file: 'tokenizer.json' },
  );
}

/** Changes a text so that the library gives the ids of Python's tokenizers. */
function preparation(normalizer: BertNormalizer): (text: string) => string {
  const strips = normalizer.strip_accents ?? normalizer.lowercase;
  return (text) => {
    let prepared = text;
    // Python lower-cases character by character, so a final sigma is σ there and ς in String.toLowerCase().
    if (normalizer.lowercase) prepared = prepared.replaceAll('Σ', 'σ');
    if (normalizer.handle_chinese_chars) prepared = prepared.replace(supplementaryIdeographs, ' $& ');
    if (strips && normalizer.clean_text) prepared = squeezeMarks(prepared);
    // A text that cleaning turns into a special token ('[\u200bSEP]') is none in Python, nor here before a blank.
    return `${prepared} `;
  };
}
