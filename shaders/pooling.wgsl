// One vector a sequence, from its rows of x.
//   MEAN: the mean of the first key_lens[b] rows         CLS: the first row
//   MAX:  the largest of the first key_lens[b] rows      MEAN_ALL: the mean of all rows, padding too
// Backward: each row that was read gets its share of dOut, every other row 0 (+ sum where ADD).
//   MEAN, MEAN_ALL: dOut / rows       CLS: dOut       MAX: dOut for the first row that holds the largest value
// x, dX: [T, H] packed, sequence b in rows cu_seqlens[b] to cu_seqlens[b + 1]; y, dOut: [B, H]; as vec4.

override MODE: u32 = 0;
override ADD: bool = false;
const MEAN = 0u;
const CLS = 1u;
const MAX = 2u;
const MEAN_ALL = 3u;

struct Params { sequences: u32, row_quads: u32 }   // row_quads: vec4s of a row

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> cu_seqlens: array<u32>;
@group(0) @binding(3) var<storage, read> key_lens: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flat_index(id, workgroups);
  let b = i / params.row_quads;
  if (b >= params.sequences) { return; }
  let column = i % params.row_quads;
  let first = cu_seqlens[b];
  let rows = rows_read(b);

  var pooled = x[first * params.row_quads + column];
  for (var row = first + 1; row < first + rows; row += 1) {
    let value = x[row * params.row_quads + column];
    if (MODE == MAX) { pooled = max(pooled, value); } else { pooled += value; }
  }
  if (MODE == MEAN || MODE == MEAN_ALL) { pooled = pooled / f32(rows); }
  y[i] = pooled;
}

fn rows_read(b: u32) -> u32 {
  if (MODE == CLS) { return 1; }
  if (MODE == MEAN_ALL) { return cu_seqlens[b + 1] - cu_seqlens[b]; }
  return key_lens[b];
}

@group(0) @binding(4) var<storage, read> d_out: array<vec4f>;
@group(0) @binding(5) var<storage, read> sum_so_far: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> d_x: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flat_index(id, workgroups);
  let b = i / params.row_quads;
  if (b >= params.sequences) { return; }
  let column = i % params.row_quads;
  let first = cu_seqlens[b];
  let all = cu_seqlens[b + 1] - first;
  let rows = rows_read(b);

  var highest = vec4f();
  var found = vec4<bool>(false);
  if (MODE == MAX) {
    highest = x[first * params.row_quads + column];
    for (var row = first + 1; row < first + rows; row += 1) { highest = max(highest, x[row * params.row_quads + column]); }
  }
  // Rows before the first sequence belong to none: tokens that the pooling leaves out.
  for (var row = 0u; b == 0 && row < first; row += 1) {
    let at = row * params.row_quads + column;
    if (ADD) { d_x[at] = sum_so_far[at]; } else { d_x[at] = vec4f(); }
  }
  for (var row = 0u; row < all; row += 1) {
    let at = (first + row) * params.row_quads + column;
    var value = select(vec4f(), d_out[i], row < rows);
    if (MODE == MEAN || MODE == MEAN_ALL) { value = value / f32(rows); }
    if (MODE == MAX) {
      let here = (x[at] == highest) & !found;
      found = found | here;
      value = select(vec4f(), value, here);
    }
    if (ADD) { value += sum_so_far[at]; }
    d_x[at] = value;
  }
}
