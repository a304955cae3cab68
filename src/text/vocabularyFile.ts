import { ModelFormatError } from '../errors.ts';
import { fault } from '../values/fault.ts';

const file = 'vocab.txt';

/**
 * Reads a vocab.txt as Python's tokenizers do: one token a line, whose id is the number of the line. Blanks at the end
 * of a line are dropped, an empty line counts and is no token, and the later of two equal tokens gives the id.
 * @param mostTokens rows of the model's embedding table @throws ModelFormatError for more, or what is not UTF-8
 */
export function readVocabularyFile(bytes: Uint8Array, mostTokens: number): Map<string, number> {
  const tokens = new Map<string, number>();
  // The first line may begin with a byte order mark, which is dropped.
  const decoders = [false, true].map((ignoreBOM) => new TextDecoder('utf-8', { fatal: true, ignoreBOM }));
  let id = 0;
  let begin = 0;
  for (let i = 0; i <= bytes.length; i++) {
    if (i < bytes.length && bytes[i] !== 0x0a) continue;
    let end = i;
    // ASCII blanks are dropped before decoding, so that a file of empty lines costs next to nothing.
    while (end > begin && isAsciiBlank(bytes[end - 1]!)) end--;
    if (end > begin) {
      if (id >= mostTokens) {
        throw new ModelFormatError(
          `${file} has a token in line ${id + 1}, but config.json says vocab_size ${mostTokens}. The two belong to different models.`,
          { file },
        );
      }
      let line: string;
      try {
        line = decoders[Math.min(id, 1)]!.decode(bytes.subarray(begin, end));
      } catch {
        throw fault(file, `line ${id + 1} is not text in UTF-8`);
      }
      const token = withoutBlanks(line);
      if (token !== '') tokens.set(token, id);
    }
    begin = i + 1;
    id++;
  }
  return tokens;
}

function isAsciiBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

/** Drops Unicode's white space, which counts U+0085 and not U+FEFF: trimEnd() does the opposite. */
function withoutBlanks(line: string): string {
  let end = line.length;
  while (end > 0 && /\p{White_Space}/u.test(line[end - 1]!)) end--;
  return line.slice(0, end);
}
