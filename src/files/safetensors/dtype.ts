/** The format's names of types, by the bits of one element. */
const dtypes = {
  4: ['F4'],
  6: ['F6_E2M3', 'F6_E3M2'],
  8: ['BOOL', 'U8', 'I8', 'F8_E4M3', 'F8_E4M3FNUZ', 'F8_E5M2', 'F8_E5M2FNUZ', 'F8_E8M0'],
  16: ['I16', 'U16', 'F16', 'BF16'],
  32: ['I32', 'U32', 'F32'],
  64: ['I64', 'U64', 'F64', 'C64'],
} as const;

export type Dtype = (typeof dtypes)[keyof typeof dtypes][number];

/** Bits of one element of a type. */
export const bitsOfDtype = Object.fromEntries(
  Object.entries(dtypes).flatMap(([bits, names]) => names.map((name) => [name, Number(bits)])),
) as Record<Dtype, number>;

/** Types that {@link toFloat32} converts, each of them exactly. */
export type FloatDtype = 'F32' | 'F16' | 'BF16';

export function isDtype(name: unknown): name is Dtype {
  return typeof name === 'string' && Object.hasOwn(bitsOfDtype, name);
}

export function isFloatDtype(dtype: Dtype): dtype is FloatDtype {
  return dtype === 'F32' || dtype === 'F16' || dtype === 'BF16';
}

/** Converts whole little-endian numbers to 32-bit floats. F32 is not copied: the result is a view of `bytes`. */
export function toFloat32(bytes: ArrayBuffer, dtype: FloatDtype): Float32Array<ArrayBuffer> {
  if (dtype === 'F32') return new Float32Array(bytes);
  const halves = new Uint16Array(bytes);
  const bits = new Uint32Array(halves.length);
  // bfloat16 is the upper half of a 32-bit float.
  const convert = dtype === 'BF16' ? (half: number) => half << 16 : float16Bits;
  for (let i = 0; i < halves.length; i++) bits[i] = convert(halves[i]!);
  return new Float32Array(bits.buffer);
}

/** The 32-bit float that equals a half: 1 sign, 5 exponent (bias 15), 10 fraction bits. NaN keeps its payload. */
function float16Bits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // Subnormal, fraction · 2⁻²⁴: a 32-bit float has room for it as a normal number.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}

/** The largest 16-bit float. A number that rounds to more becomes infinite. */
export const MOST_FLOAT16 = 65504;

/** Converts numbers to IEEE 754 halves, rounded to the nearest, ties to even, as PyTorch does. */
export function toFloat16(values: Float32Array<ArrayBuffer>): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) halves[i] = halfOf(bits[i]!);
  return halves;
}

function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00 | ((size >>> 13) & 0x3ff);
  // Half-way between the largest half and the next power of two, which is even.
  if (size >= 0x477ff000) return sign | 0x7c00;
  if (size >= 0x38800000) {
    const rebased = size - 0x38000000;
    return sign | ((rebased + 0xfff + ((rebased >>> 13) & 1)) >>> 13);
  }
  const exponent = size >>> 23;
  // Below half of the smallest subnormal, 2⁻²⁴.
  if (exponent < 102) return sign;
  const fraction = (size & 0x7fffff) | 0x800000;
  const shift = 126 - exponent;
  const whole = fraction >>> shift;
  const rest = fraction - whole * 2 ** shift;
  const half = 2 ** (shift - 1);
  return sign | (whole + (rest > half || (rest === half && whole % 2 === 1) ? 1 : 0));
}
