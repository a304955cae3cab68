// y = gelu(x) = x · Φ(x), Φ the normal distribution function (the erf form, not the tanh approximation).
// x, y: any shape, as `count` vec4s.

struct Params { count: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = flat_index(id, groups);
  if (i >= params.count) { return; }
  y[i] = x[i] * normal_cdf(x[i]);
}
