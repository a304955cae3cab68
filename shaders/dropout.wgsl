// y = x ∘ mask (+ sum where ADD): dropout, and its gradient with the same mask.
// x, sum_so_far, y: any one shape, as `count` vec4s.

override ADD: bool = false;

struct Params { count: u32, drop_below: u32, drop_seed: u32, drop_stream: u32, keep_scale: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> sum_so_far: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flat_index(id, workgroups);
  if (i >= params.count) { return; }
  var value = x[i] * keep_at(i);
  if (ADD) { value += sum_so_far[i]; }
  y[i] = value;
}
