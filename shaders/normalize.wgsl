// y = x / max(‖x‖₂, ε) for each row.
// x, y: [rows, width], as vec4. One workgroup a row.

struct Params { rows: u32, width: u32, eps: f32 }   // width in vec4s

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(LANES)
fn forward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = row_index(group, groups);
  if (row >= params.rows) { return; }
  let start = row * params.width;

  var squares = vec4f();
  for (var i = lane; i < params.width; i += LANES) { squares = fma(x[start + i], x[start + i], squares); }
  let inverse = 1.0 / max(sqrt(row_sum(sum4(squares), lane)), params.eps);
  for (var i = lane; i < params.width; i += LANES) { y[start + i] = x[start + i] * inverse; }
}
