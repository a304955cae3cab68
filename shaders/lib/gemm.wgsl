// Parameters, bindings and last steps of every matrix product: C = finish(op(A) · op(B)).
// A: [rows, inner], or [inner, rows] where TRANSPOSE_A ("TN": the gradient of a weight);
// B: [inner, columns], or [columns, inner] where TRANSPOSE_B ("NT": a PyTorch linear weight);
// bias: [columns]; operand, C, pre_activation: [rows, columns]; bias_gradient: [rows]; all as vec4 along the last
// dimension. rows and inner count numbers, column_quads vec4s.
// The steps of `finish`, in order, each if its constant says so:
//   BIAS             + bias
//   SAVE             pre_activation = the value so far
//   GELU             gelu(value)
//   GELU_GRADIENT    · gelu'(operand) = · (Φ + operand · φ)
//   DROPOUT          ∘ a random mask
//   RESIDUAL         + operand
//   ACCUMULATE       + what C holds
// BIAS_GRADIENT, with TRANSPOSE_A, also sums A over the inner dimension: the gradient of a bias.
// A buffer that no step reads must still be bound.

override TRANSPOSE_A: bool = false;
override TRANSPOSE_B: bool = false;
override BIAS: bool = false;
override SAVE: bool = false;
override GELU: bool = false;
override GELU_GRADIENT: bool = false;
override RESIDUAL: bool = false;
override ACCUMULATE: bool = false;
override BIAS_GRADIENT: bool = false;

struct Params {
  rows: u32,
  column_quads: u32,
  inner: u32,
  drop_below: u32,
  drop_seed: u32,
  drop_stream: u32,
  drop_first: u32,
  keep_scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read> operand: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> c: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> pre_activation: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> bias_gradient: array<vec4f>;

// Writes one vec4 of C; what lies outside is left out.
fn finish(row: u32, column: u32, sum: vec4f) {
  if (row >= params.rows || column >= params.column_quads) { return; }
  let at = row * params.column_quads + column;
  var value = sum;
  if (BIAS) { value += bias[column]; }
  if (SAVE) { pre_activation[at] = value; }
  if (GELU) { value *= normal_cdf(value); }
  if (GELU_GRADIENT) { value *= gelu_derivative(operand[at]); }
  if (DROPOUT) { value *= keep_at(at); }
  if (RESIDUAL) { value += operand[at]; }
  if (ACCUMULATE) { value += c[at]; }
  c[at] = value;
}

// Writes the sums of four rows of op(A), the quad-th four.
fn finish_bias(quad: u32, sum: vec4f) {
  if (4 * quad >= params.rows) { return; }
  if (ACCUMULATE) { bias_gradient[quad] += sum; } else { bias_gradient[quad] = sum; }
}
