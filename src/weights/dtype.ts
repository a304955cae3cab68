/** Bits of one element, by the format's name of the type. */
export const bitsOfDtype = {
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E4M3: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2: 8,
  F8_E5M2FNUZ: 8,
  F8_E8M0: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  I64: 64,
  U64: 64,
  F64: 64,
  C64: 64,
} as const;

export type Dtype = keyof typeof bitsOfDtype;

/** Types that {@link toFloat32} converts, each of them exactly. */
export type FloatDtype = 'F32' | 'F16' | 'BF16';

export function isDtype(name: unknown): name is Dtype {
  return typeof name === 'string' && Object.hasOwn(bitsOfDtype, name);
}

export function isFloatDtype(dtype: Dtype): dtype is FloatDtype {
  return dtype === 'F32' || dtype === 'F16' || dtype === 'BF16';
}

/**
 * Little-endian numbers as 32-bit floats. F32 is not copied: the result is a view of `bytes`.
 * @param bytes whole elements
 */
export function toFloat32(bytes: ArrayBuffer, dtype: FloatDtype): Float32Array<ArrayBuffer> {
  if (dtype === 'F32') return new Float32Array(bytes);
  const halves = new Uint16Array(bytes);
  const bits = new Uint32Array(halves.length);
  const convert = dtype === 'BF16' ? bfloat16Bits : float16Bits;
  for (let i = 0; i < halves.length; i++) bits[i] = convert(halves[i]!);
  return new Float32Array(bits.buffer);
}

/** bfloat16 is the upper half of a 32-bit float. */
function bfloat16Bits(half: number): number {
  return half << 16;
}

/** The 32-bit float that equals an IEEE 754 half: 1 sign, 5 exponent (bias 15) and 10 fraction bits. NaN keeps its payload. */
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
