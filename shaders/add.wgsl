// y = scale · a (+ b where ADD), of any one shape, as `count` vec4s.

override ADD: bool = false;

struct Params { count: u32, scale: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flat_index(id, workgroups);
  if (i >= params.count) { return; }
  var value = params.scale * a[i];
  if (ADD) { value += b[i]; }
  y[i] = value;
}
