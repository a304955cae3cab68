/** Most characters that are shown. */
const LONGEST = 100;

/**
 * Writes a value of somebody's file as JSON, short enough for a message. Only its beginning is read, however long or
 * deep it is: JSON.stringify would need a stack as deep as the value.
 */
export function quote(value: unknown): string {
  let text = '';
  const write = (part: unknown): void => {
    if (text.length > LONGEST) return;
    if (Array.isArray(part)) {
      text += '[';
      writeAll(part, write);
      text += ']';
    } else if (typeof part === 'object' && part !== null) {
      text += '{';
      writeAll(Object.entries(part), ([key, inner]) => {
        write(key);
        text += ':';
        write(inner);
      });
      text += '}';
    } else {
      const start = typeof part === 'string' ? part.slice(0, LONGEST) : part;
      text += typeof start === 'bigint' ? start : (JSON.stringify(start) ?? String(start));
    }
  };
  const writeAll = <T>(parts: readonly T[], writeOne: (part: T) => void): void => {
    for (const [i, part] of parts.entries()) {
      if (text.length > LONGEST) return;
      if (i > 0) text += ',';
      writeOne(part);
    }
  };
  write(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
