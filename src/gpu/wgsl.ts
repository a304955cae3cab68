import { KernelError } from '../errors.ts';

/**
 * What a shader declares, read from its text: bindings, the fields of `struct Params` and what a workgroup covers.
 */

export interface Binding {
  index: number;
  type: 'uniform' | 'storage' | 'read-only-storage';
}

export interface ParamField {
  name: string;
  type: 'u32' | 'i32' | 'f32';
}

const bindingPattern =
  /@group\(0\)\s*@binding\((\d+)\)\s*var<(uniform|storage(?:\s*,\s*(read|read_write))?)>\s*(\w+)/g;

/** All bindings of a module by their TypeScript name. Two entry points may use one number under two names. */
export function readBindings(source: string): Map<string, Binding> {
  const bindings = new Map<string, Binding>();
  for (const [, index, space, access, name] of withoutComments(source).matchAll(bindingPattern)) {
    const type = space === 'uniform' ? 'uniform' : access === 'read_write' ? 'storage' : 'read-only-storage';
    bindings.set(camelCase(name!), { index: Number(index), type });
  }
  return bindings;
}

/** Fields of `struct Params`, in order; every field is a 4-byte scalar, so field i lies at byte 4i. */
export function readParams(kernelName: string, source: string): ParamField[] {
  const body = /struct Params\s*\{([^}]*)\}/.exec(withoutComments(source))?.[1];
  if (body === undefined) return [];
  const fields = body.split(',').map((field) => field.trim());
  return fields.filter(Boolean).map((field) => {
    const match = /^(\w+)\s*:\s*(u32|i32|f32)$/.exec(field);
    if (match) return { name: camelCase(match[1]!), type: match[2] as ParamField['type'] };
    const message = `${kernelName}: "${field}" in struct Params is not a u32, i32 or f32.`;
    throw new KernelError(message, { kernel: kernelName });
  });
}

/**
 * Declarations that say what a workgroup covers, such as `override TILE_ROWS: u32 = 4 * LANES;`, as lists of factors:
 * whole numbers and names of overrides.
 */
export function readExtents(source: string): Map<string, string[]> {
  const declarations = withoutComments(source).matchAll(/\b(?:const|override) (TILE_\w+): u32 = ([\w* ]+);/g);
  return new Map(
    Array.from(declarations, ([, name, value]) => [name!, value!.split('*').map((factor) => factor.trim())]),
  );
}

/** Packs parameter values in the order of the struct. */
export function packParams(
  kernelName: string,
  fields: readonly ParamField[],
  values: Readonly<Record<string, number>>,
  into: DataView,
  offset: number,
): void {
  fields.forEach(({ name, type }, position) => {
    const value = values[name];
    if (value === undefined) {
      throw new KernelError(`${kernelName}: parameter "${name}" is missing.`, { kernel: kernelName });
    }
    const at = offset + 4 * position;
    if (type === 'f32') into.setFloat32(at, value, true);
    else if (type === 'u32') into.setUint32(at, value, true);
    else into.setInt32(at, value, true);
  });
}

function withoutComments(source: string): string {
  return source.replace(/\/\/.*$|\/\*[\s\S]*?\*\//gm, ' ');
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
