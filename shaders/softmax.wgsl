// y = softmax(x) over each row: exp(x − max) / Σ exp(x − max).
// x, y: [rows, width], any width. One workgroup a row.

struct Params { rows: u32, width: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(LANES)
fn forward(workgroup: Workgroup, @builtin(local_invocation_index) lane: u32) {
  let row = row_index(workgroup);
  if (row >= params.rows) { return; }
  let start = row * params.width;

  var highest = x[start];
  for (var i = lane; i < params.width; i += LANES) { highest = max(highest, x[start + i]); }
  highest = row_max(highest, lane);

  // Each lane reads back only what it wrote itself, so y needs no barrier.
  var sum = 0.0;
  for (var i = lane; i < params.width; i += LANES) {
    let value = exp(x[start + i] - highest);
    y[start + i] = value;
    sum += value;
  }
  let inverse = 1.0 / row_sum(sum, lane);
  for (var i = lane; i < params.width; i += LANES) { y[start + i] *= inverse; }
}
