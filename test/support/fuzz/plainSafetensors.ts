/** What a plain reader finds in a safetensors file. */
export interface PlainFile {
  metadata: Record<string, unknown>;
  tensors: Map<string, { dtype: string; shape: number[]; bytes: Uint8Array }>;
}

const bits: Record<string, number> = {
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
};

/**
 * Reads a file by the words of the format's description, with large integers and everything in memory, so that it is
 * right rather than fast.
 * @returns null for what is no such file
 * @see https://github.com/huggingface/safetensors#format
 */
export function plainSafetensors(file: Uint8Array): PlainFile | null {
  if (file.length < 8) return null;
  const length = Buffer.from(file.buffer, file.byteOffset, file.length).readBigUInt64LE();
  if (length > 100_000_000n || 8n + length > BigInt(file.length)) return null;
  const data = file.subarray(8 + Number(length));
  let header: Record<string, unknown>;
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      file.subarray(8, 8 + Number(length)),
    );
    header = JSON.parse(text);
  } catch {
    return null;
  }
  if (header === null || header.constructor === Array || !isObject(header)) return null;
  const found: PlainFile = { metadata: {}, tensors: new Map() };
  const covered: [bigint, bigint][] = [];
  for (const name of Object.keys(header)) {
    const value = header[name];
    if (!isObject(value)) return null;
    if (name === '__metadata__') {
      if (Object.keys(value).some((key) => typeof value[key] !== 'string')) return null;
      found.metadata = value;
      continue;
    }
    const { dtype, shape, data_offsets: offsets } = value;
    if (typeof dtype !== 'string' || !Object.keys(bits).includes(dtype)) return null;
    if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) return null;
    const [begin, end] = offsets.map(BigInt) as [bigint, bigint];
    // Up to the number that it becomes too large at, as the format's own library multiplies.
    let elements = 1n;
    for (const size of shape) {
      elements *= BigInt(size);
      if (elements > 2n ** 53n - 1n) return null;
    }
    const all = elements * BigInt(bits[dtype]!);
    if (all > 2n ** 53n - 1n || all % 8n !== 0n || end - begin !== all / 8n) return null;
    if (end > BigInt(data.length)) return null;
    covered.push([begin, end]);
    found.tensors.set(name, { dtype, shape, bytes: data.subarray(Number(begin), Number(end)) });
  }
  covered.sort(([a, b], [c, d]) => Number(a - c) || Number(b - d));
  let reached = 0n;
  for (const [begin, end] of covered) {
    if (begin !== reached) return null;
    reached = end;
  }
  return reached === BigInt(data.length) ? found : null;
}

/** Values of the three types of floats that are read, undefined for others. */
export function floatsOf(dtype: string, bytes: Uint8Array): number[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const whole = new DataView(new ArrayBuffer(4));
  const fromBits = (bits: number) => {
    whole.setUint32(0, bits);
    return whole.getFloat32(0);
  };
  if (dtype === 'F32')
    return Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
  if (dtype === 'BF16')
    return Array.from({ length: bytes.length / 2 }, (_, i) =>
      fromBits(view.getUint16(2 * i, true) * 2 ** 16),
    );
  if (dtype !== 'F16') return undefined;
  return Array.from({ length: bytes.length / 2 }, (_, i) => {
    const half = view.getUint16(2 * i, true);
    const [sign, exponent, fraction] = [half >> 15 ? -1 : 1, (half >> 10) & 31, half & 1023];
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction);
  });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === '[object Object]';
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isInteger(size) && size >= 0 && size < 2 ** 53);
}
