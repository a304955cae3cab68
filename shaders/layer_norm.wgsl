// y = (x − mean) / √(variance + ε) · γ + β, mean and (biased) variance over a row of H.
// x, y: [rows, H]; γ, β: [H]; all as vec4. One workgroup a row. The variance is that of the centred row: two passes,
// since E[x²] − E[x]² loses the small differences that a large mean hides.

struct Params { rows: u32, width: u32, eps: f32 }   // width in vec4s

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> gamma: array<vec4f>;
@group(0) @binding(3) var<storage, read> beta: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(LANES)
fn forward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = row_index(group, groups);
  if (row >= params.rows) { return; }
  let start = row * params.width;
  let inverse_width = 1.0 / f32(4 * params.width);

  var sum = vec4f();
  for (var i = lane; i < params.width; i += LANES) { sum += x[start + i]; }
  let mean = row_sum(sum4(sum), lane) * inverse_width;

  var squares = vec4f();
  for (var i = lane; i < params.width; i += LANES) {
    let centred = x[start + i] - mean;
    squares = fma(centred, centred, squares);
  }
  let variance = row_sum(sum4(squares), lane) * inverse_width;
  let scale = 1.0 / sqrt(variance + params.eps);

  for (var i = lane; i < params.width; i += LANES) {
    y[start + i] = fma((x[start + i] - mean) * scale, gamma[i], beta[i]);
  }
}
