import { ModelFormatError } from '../errors.ts';

/**
 * The vocabulary of a vocab.txt: one token a line, its id the number of the line. As Python's tokenizers read it:
 * blanks at the end of a line are no part of the token, a token that is there twice has the later id, empty lines
 * count and are no token.
 * @param mostTokens rows of the model's embedding table
 * @param file what messages call it
 * @throws ModelFormatError if it is no text in UTF-8, or has more lines than the model has rows
 */
export function readVocabularyFile(
  bytes: Uint8Array,
  mostTokens: number,
  file = 'vocab.txt',
): Map<string, number> {
  const tokens = new Map<string, number>();
  // The first line may begin with a byte order mark, which goes.
  const decoders = [false, true].map((ignoreBOM) => new TextDecoder('utf-8', { fatal: true, ignoreBOM }));
  let id = 0;
  let begin = 0;
  for (let i = 0; i <= bytes.length; i++) {
    if (i < bytes.length && bytes[i] !== 0x0a) continue;
    let end = i;
    // Most of what ends a line is seen here, so that a file of empty lines costs next to nothing.
    while (end > begin && isAsciiBlank(bytes[end - 1]!)) end--;
    if (end > begin) {
      if (id >= mostTokens) {
        throw new ModelFormatError(
          `${file} has a token in line ${id + 1}, but config.json says vocab_size ${mostTokens}. The two belong to different models.`,
          { file },
        );
      }
      const line = decode(decoders[Math.min(id, 1)]!, bytes.subarray(begin, end));
      if (line === null)
        throw new ModelFormatError(`${file}: line ${id + 1} is not text in UTF-8.`, { file });
      const token = withoutBlanks(line);
      if (token !== '') tokens.set(token, id);
    }
    begin = i + 1;
    id++;
  }
  return tokens;
}

function decode(decoder: TextDecoder, line: Uint8Array): string | null {
  try {
    return decoder.decode(line);
  } catch {
    return null;
  }
}

function isAsciiBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

/** White space by Unicode's property, which counts U+0085 and not U+FEFF: trimEnd() does the opposite. */
function withoutBlanks(line: string): string {
  let end = line.length;
  while (end > 0 && /\p{White_Space}/u.test(line[end - 1]!)) end--;
  return line.slice(0, end);
}
