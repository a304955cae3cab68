type Constructor = new (...given: unknown[]) => object;

/** Bytes of the largest array buffer that was asked for by its length since {@link forget}. */
let largest = 0;

/** What garbage collection hides: a length that a file declares, and that is taken at its word for a moment. */
export function largestAskedFor(): number {
  return largest;
}

export function forget(): void {
  largest = 0;
}

const constructors = {
  ArrayBuffer,
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
};

// Of this thread alone: what is loaded after this asks the stand-ins.
for (const [name, type] of Object.entries(constructors)) {
  const bytesEach = 'BYTES_PER_ELEMENT' in type ? type.BYTES_PER_ELEMENT : 1;
  const standIn: Constructor = new Proxy(type as Constructor, {
    construct(target, given, newTarget) {
      const [length] = given;
      if (typeof length === 'number') largest = Math.max(largest, length * bytesEach);
      return Reflect.construct(target, given, newTarget === standIn ? target : newTarget);
    },
  });
  Reflect.set(globalThis, name, standIn);
}
