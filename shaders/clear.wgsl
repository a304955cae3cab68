// y = 0. y: a whole binding, as vec4.

override WORKGROUP: u32 = 64;

@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn clear(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  for (var i = id.x; i < arrayLength(&y); i += workgroups.x * WORKGROUP) { y[i] = vec4f(); }
}
