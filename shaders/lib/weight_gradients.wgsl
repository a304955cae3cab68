// The gradients of two linear layers' weights and biases at once: dW = dOutᵀ · X and dBias = Σ dOut over the tokens.
// Job 0 belongs to the workgroups with z = 0, job 1 to those with z = 1.
// d_out: [T, rows], x: [T, columns], d_weight: [rows, columns], d_bias: [rows], of each job; as vec4. A buffer
// that a job does not use must still be bound.

override ACCUMULATE: bool = false;
override BIAS_0: bool = true;
override BIAS_1: bool = true;

struct Params { tokens: u32, row_quads_0: u32, column_quads_0: u32, row_quads_1: u32, column_quads_1: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> d_out_0: array<vec4f>;
@group(0) @binding(2) var<storage, read> x_0: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> d_weight_0: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> d_bias_0: array<vec4f>;
@group(0) @binding(5) var<storage, read> d_out_1: array<vec4f>;
@group(0) @binding(6) var<storage, read> x_1: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> d_weight_1: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> d_bias_1: array<vec4f>;

// Rows and columns of a job's weight, in vec4s.
fn quads_of(job: u32) -> vec2u {
  return select(
    vec2u(params.row_quads_1, params.column_quads_1),
    vec2u(params.row_quads_0, params.column_quads_0),
    job == 0,
  );
}

fn write(job: u32, row: u32, column: u32, sum: vec4f) {
  let quads = quads_of(job);
  if (row / 4 >= quads.x || column >= quads.y) { return; }
  let at = row * quads.y + column;
  if (job == 0) {
    if (ACCUMULATE) { d_weight_0[at] += sum; } else { d_weight_0[at] = sum; }
  } else {
    if (ACCUMULATE) { d_weight_1[at] += sum; } else { d_weight_1[at] = sum; }
  }
}

fn write_bias(job: u32, row_quad: u32, sum: vec4f) {
  if (row_quad >= quads_of(job).x) { return; }
  if (job == 0) {
    if (BIAS_0) { if (ACCUMULATE) { d_bias_0[row_quad] += sum; } else { d_bias_0[row_quad] = sum; } }
  } else {
    if (BIAS_1) { if (ACCUMULATE) { d_bias_1[row_quad] += sum; } else { d_bias_1[row_quad] = sum; } }
  }
}
