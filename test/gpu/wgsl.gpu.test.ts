import { describe, expect, it } from 'vitest';
import { KernelError } from '../../src/errors.ts';
import { packParams, readBindings, readParams } from '../../src/gpu/wgsl.ts';

describe('bindings read from a shader', () => {
  it('have their number and kind, by names in camel case', () => {
    const source = `
      @group(0) @binding(0) var<uniform> params: Params;
      @group(0) @binding(1) var<storage, read> cu_seqlens: array<u32>;
      @group(0)
      @binding(12) var<storage,read_write> d_out_2: array<vec4f>;
      @group(0) @binding(3) var<storage> bias: array<f32>;
      var<workgroup> tile: array<f32, 64>;
    `;
    expect([...readBindings(source)]).toEqual([
      ['params', { index: 0, type: 'uniform' }],
      ['cuSeqlens', { index: 1, type: 'read-only-storage' }],
      ['dOut2', { index: 12, type: 'storage' }],
      ['bias', { index: 3, type: 'read-only-storage' }],
    ]);
  });

  it('may share a number: two entry points, two names', () => {
    const source = `
      @group(0) @binding(1) var<storage, read> x: array<f32>;
      @group(0) @binding(1) var<storage, read> saved_x: array<f32>;
    `;
    expect([...readBindings(source).keys()]).toEqual(['x', 'savedX']);
  });

  it('are none where they stand in a comment', () => {
    const source = `
      // @group(0) @binding(1) var<storage, read> gone: array<f32>;
      /* @group(0) @binding(2) var<storage, read> gone_too: array<f32>; */
      @group(0) @binding(3) var<storage, read> here: array<f32>;   // @group(0) @binding(4) var<storage> not: array<f32>;
    `;
    expect([...readBindings(source).keys()]).toEqual(['here']);
  });
});

describe('fields of struct Params', () => {
  it('are read in order, on one line or on many, the last comma or none', () => {
    const fields = [
      { name: 'rows', type: 'u32' },
      { name: 'shift', type: 'i32' },
      { name: 'layerEps', type: 'f32' },
    ];
    expect(readParams('k', 'struct Params { rows: u32, shift: i32, layer_eps: f32 }')).toEqual(fields);
    expect(readParams('k', 'struct Params {\n  rows : u32,\n  shift: i32,\n  layer_eps:f32,\n}')).toEqual(
      fields,
    );
  });

  it('are not taken from comments, whatever stands in them', () => {
    const source = `
      // struct Params { wrong: u32 }
      struct Params {   // sizes, {in vec4s}
        rows: u32,      // T, ragged: any
        /* old: u32,
           older: f32, */
        width: u32,     // H / 4
      }
    `;
    expect(readParams('k', source).map(({ name }) => name)).toEqual(['rows', 'width']);
  });

  it('are none where there is no such struct, or one of another name', () => {
    expect(readParams('k', 'struct MoreParams { a: u32 }')).toEqual([]);
    expect(readParams('k', '@compute @workgroup_size(1) fn f() {}')).toEqual([]);
  });

  it.each(['vec4u', 'array<u32, 4>', 'f16', 'bool', 'mat2x2f'])(
    'of type %s are refused: kernel and field named',
    (type) => {
      const reading = () => readParams('some.kernel', `struct Params { rows: u32, sizes: ${type} }`);
      expect(reading).toThrow(KernelError);
      expect(reading).toThrow(/some\.kernel.*sizes/);
    },
  );
});

describe('packed parameters', () => {
  const fields = readParams('k', 'struct Params { rows: u32, shift: i32, eps: f32 }');

  it('are little-endian words in the order of the struct, whatever the order of the values', () => {
    const bytes = new DataView(new ArrayBuffer(32));
    packParams('k', fields, { eps: 0.5, shift: -2, rows: 0xffff_ffff, unused: 7 }, bytes, 16);
    expect([...new Uint32Array(bytes.buffer)]).toEqual([
      0, 0, 0, 0, 0xffff_ffff, 0xffff_fffe, 0x3f00_0000, 0,
    ]);
  });

  it('must all be there', () => {
    const packing = () =>
      packParams('some.kernel', fields, { rows: 1, eps: 1 }, new DataView(new ArrayBuffer(16)), 0);
    expect(packing).toThrow(KernelError);
    expect(packing).toThrow('some.kernel: parameter "shift" is missing');
  });
});
