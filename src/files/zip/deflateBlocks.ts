/** A block of deflate can hold 65,535 bytes as they are; who inflates little at a time holds a whole block until it is complete. */
const MOST_IN_BLOCK = 2 ** 14;
/** What is in front of each. */
const HEAD = 5;

/** Bytes as blocks of deflate that are not compressed, none of them the last. @see https://www.rfc-editor.org/rfc/rfc1951#page-11 */
export function plainBlocks(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes.length + HEAD * Math.ceil(bytes.length / MOST_IN_BLOCK));
  let to = 0;
  for (let at = 0; at < bytes.length; at += MOST_IN_BLOCK) {
    const block = bytes.subarray(at, at + MOST_IN_BLOCK);
    out.set(headOf(block.length, false), to);
    out.set(block, to + HEAD);
    to += HEAD + block.length;
  }
  return out;
}

/** The block that ends them: it is empty. */
export function lastBlock(): Uint8Array<ArrayBuffer> {
  return headOf(0, true);
}

/** How long bytes become at least, the last block included; pieces that are smaller than a block add a head each. */
export function lengthInBlocks(bytes: number): number {
  return bytes + HEAD * (1 + Math.ceil(bytes / MOST_IN_BLOCK));
}

/** Whether it is the last block, its length, and that with every bit the other way. */
function headOf(length: number, isLast: boolean): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(Number(isLast), length, length >> 8, ~length, ~length >> 8);
}
