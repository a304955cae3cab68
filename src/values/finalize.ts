/**
 * The 32-bit finalizer of MurmurHash3, a bijection of 32-bit integers.
 * @see https://github.com/aappleby/smhasher (public domain)
 */
export function finalize(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
