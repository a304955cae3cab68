// y = x / max(‖x‖₂, ε) for each row.
// dX = (dOut − y (y·dOut)) / max(‖x‖₂, ε), and dOut / ε where ‖x‖₂ < ε (+ sum where ADD).
// x, y, dOut, dX: [rows, width], as vec4. One workgroup a row.

override ADD: bool = false;

struct Params { rows: u32, row_quads: u32, eps: f32 }   // row_quads: vec4s of a row

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(LANES)
fn forward(workgroup: Workgroup, @builtin(local_invocation_index) lane: u32) {
  let row = row_index(workgroup);
  if (row >= params.rows) { return; }
  let start = row * params.row_quads;

  var squares = vec4f();
  for (var i = lane; i < params.row_quads; i += LANES) { squares = fma(x[start + i], x[start + i], squares); }
  let inverse = 1.0 / max(sqrt(row_sum(sum4(squares), lane)), params.eps);
  for (var i = lane; i < params.row_quads; i += LANES) { y[start + i] = x[start + i] * inverse; }
}

@group(0) @binding(2) var<storage, read> d_out: array<vec4f>;
@group(0) @binding(3) var<storage, read> sum_so_far: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> d_x: array<vec4f>;

@compute @workgroup_size(LANES)
fn backward(workgroup: Workgroup, @builtin(local_invocation_index) lane: u32) {
  let row = row_index(workgroup);
  if (row >= params.rows) { return; }
  let start = row * params.row_quads;

  var squares = vec4f();
  var products = vec4f();
  for (var i = lane; i < params.row_quads; i += LANES) {
    squares = fma(x[start + i], x[start + i], squares);
    products = fma(x[start + i], d_out[start + i], products);
  }
  let length = sqrt(row_sum(sum4(squares), lane));
  let product = row_sum(sum4(products), lane);
  let inverse = 1.0 / max(length, params.eps);
  // Below ε the divisor is a constant, and the row's direction plays no part.
  let along = select(0.0, product * inverse * inverse, length >= params.eps);
  for (var i = lane; i < params.row_quads; i += LANES) {
    var value = (d_out[start + i] - x[start + i] * along) * inverse;
    if (ADD) { value += sum_so_far[start + i]; }
    d_x[start + i] = value;
  }
}
