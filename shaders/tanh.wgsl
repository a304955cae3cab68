// y = tanh(x).
// dX = dOut · (1 − y²) (+ sum where ADD).
// x, y, dOut, dX: any shape, as `count` vec4s.

override ADD: bool = false;

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

// WGSL's own tanh may be made of two exponentials, which cancel near 0 and overflow far from it. Here: an odd
// polynomial below 0.625 (a minimax fit, relative error 8e-8), 1 − 2 / (e^2|x| + 1) above, where 10 is 1 in 32 bits.
fn tangent(x: vec4f) -> vec4f {
  let size = min(abs(x), vec4f(10.0));
  let far = sign(x) * (1.0 - 2.0 / (exp(2.0 * size) + 1.0));
  let z = size * size;
  var p = fma(vec4f(-0.0057170405), z, vec4f(0.020650582));
  p = fma(p, z, vec4f(-0.053743497));
  p = fma(p, z, vec4f(0.13331491));
  p = fma(p, z, vec4f(-0.33333284));
  return select(far, fma(x, z * p, x), size < vec4f(0.625));
}

@compute @workgroup_size(WORKGROUP)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flat_index(id, workgroups);
  if (i >= params.count) { return; }
  y[i] = tangent(x[i]);
}

@group(0) @binding(1) var<storage, read> saved_y: array<vec4f>;
@group(0) @binding(2) var<storage, read> d_out: array<vec4f>;
@group(0) @binding(3) var<storage, read> sum_so_far: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> d_x: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flat_index(id, workgroups);
  if (i >= params.count) { return; }
  var value = d_out[i] * (1.0 - saved_y[i] * saved_y[i]);
  if (ADD) { value += sum_so_far[i]; }
  d_x[i] = value;
}
