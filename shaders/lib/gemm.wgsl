// What every matrix product here shares: C = finish(A · op(B)), finish adds a bias, applies GELU, adds a residual,
// in this order, each if its constant says so.
// A: [rows, inner]; B: [columns, inner] where TRANSPOSE_B (the layout of a PyTorch linear weight: "NT"), else
// [inner, columns] ("NN"); bias: [columns]; residual, C: [rows, columns]; all as vec4 along the last dimension.

override TRANSPOSE_B: bool = true;
override BIAS: bool = false;
override GELU: bool = false;
override RESIDUAL: bool = false;

struct Params { rows: u32, columns: u32, inner: u32 }   // columns and inner in vec4s

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read> residual: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> c: array<vec4f>;

// Writes one vec4 of C; what lies outside is left out.
fn finish(row: u32, column: u32, sum: vec4f) {
  if (row >= params.rows || column >= params.columns) { return; }
  var value = sum;
  if (BIAS) { value += bias[column]; }
  if (GELU) { value *= normal_cdf(value); }
  let at = row * params.columns + column;
  if (RESIDUAL) { value += residual[at]; }
  c[at] = value;
}
