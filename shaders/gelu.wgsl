// y = gelu(x) = x · Φ(x), Φ the normal distribution function (the erf form, not the tanh approximation).
// dX = dOut · (Φ(x) + x · φ(x)), φ the normal density (+ sum where ADD).
// x, y, dOut, dX: any shape, as `count` vec4s.

override ADD: bool = false;

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flat_index(id, workgroups);
  if (i >= params.count) { return; }
  y[i] = x[i] * normal_cdf(x[i]);
}

@group(0) @binding(2) var<storage, read> d_out: array<vec4f>;
@group(0) @binding(3) var<storage, read> sum_so_far: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> d_x: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flat_index(id, workgroups);
  if (i >= params.count) { return; }
  var value = d_out[i] * gelu_derivative(x[i]);
  if (ADD) { value += sum_so_far[i]; }
  d_x[i] = value;
}
