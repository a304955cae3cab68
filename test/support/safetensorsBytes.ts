/** A safetensors file from any header (as JSON, or as bytes that may be no JSON) and its data. */
export function fileOf(header: unknown, data: Uint8Array | number = 0): Uint8Array<ArrayBuffer> {
  const head = header instanceof Uint8Array ? header : new TextEncoder().encode(JSON.stringify(header));
  const body = typeof data === 'number' ? new Uint8Array(data) : data;
  const file = new Uint8Array(8 + head.length + body.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(head.length), true);
  file.set(head, 8);
  file.set(body, 8 + head.length);
  return file;
}

export interface SomeTensor {
  name: string;
  dtype: string;
  shape: number[];
  bytes: Uint8Array;
}

/** A valid file with these tensors, in this order. */
export function fileWith(tensors: SomeTensor[], metadata?: Record<string, string>): Uint8Array<ArrayBuffer> {
  let position = 0;
  const entries = tensors.map(({ name, dtype, shape, bytes }) => {
    const begin = position;
    position += bytes.length;
    return [name, { dtype, shape, data_offsets: [begin, position] }];
  });
  const data = new Uint8Array(position);
  let at = 0;
  for (const { bytes } of tensors) {
    data.set(bytes, at);
    at += bytes.length;
  }
  return fileOf({ ...(metadata && { __metadata__: metadata }), ...Object.fromEntries(entries) }, data);
}
