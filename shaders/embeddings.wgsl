// forward: y = layer_norm(word[tokens] + position[positions] + type[0]) · γ + β
// tokens, positions: [T]; word: [V, H]; position: [P, H]; token_type: [types, H], all texts are of type 0;
// gather: y = the sum alone, for a backward pass that goes through the layer norm by itself.
// y: [T, H]; all as vec4. One workgroup a row; the sum is kept in y between the passes.

struct Params { rows: u32, row_quads: u32, eps: f32 }   // row_quads: vec4s of a row

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> tokens: array<u32>;
@group(0) @binding(2) var<storage, read> positions: array<u32>;
@group(0) @binding(3) var<storage, read> word: array<vec4f>;
@group(0) @binding(4) var<storage, read> position: array<vec4f>;
@group(0) @binding(5) var<storage, read> token_type: array<vec4f>;
@group(0) @binding(6) var<storage, read> gamma: array<vec4f>;
@group(0) @binding(7) var<storage, read> beta: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(LANES)
fn forward(workgroup: Workgroup, @builtin(local_invocation_index) lane: u32) {
  let row = row_index(workgroup);
  if (row >= params.rows) { return; }
  let start = row * params.row_quads;
  let inverse_width = 1.0 / f32(4 * params.row_quads);
  // Each lane reads back only what it wrote itself, so y needs no barrier.
  let mean = row_sum(sum4(gather_row(row, lane)), lane) * inverse_width;

  var squares = vec4f();
  for (var i = lane; i < params.row_quads; i += LANES) {
    let centred = y[start + i] - mean;
    squares = fma(centred, centred, squares);
  }
  let variance = row_sum(sum4(squares), lane) * inverse_width;
  let scale = 1.0 / sqrt(variance + params.eps);

  for (var i = lane; i < params.row_quads; i += LANES) {
    y[start + i] = fma((y[start + i] - mean) * scale, gamma[i], beta[i]);
  }
}

@compute @workgroup_size(LANES)
fn gather(workgroup: Workgroup, @builtin(local_invocation_index) lane: u32) {
  let row = row_index(workgroup);
  if (row < params.rows) { _ = gather_row(row, lane); }
}

// Writes the lane's part of a row of y. Returns the sum of what it wrote.
fn gather_row(row: u32, lane: u32) -> vec4f {
  let start = row * params.row_quads;
  let word_start = tokens[row] * params.row_quads;
  let position_start = positions[row] * params.row_quads;
  var sum = vec4f();
  for (var i = lane; i < params.row_quads; i += LANES) {
    let value = word[word_start + i] + token_type[i] + position[position_start + i];
    y[start + i] = value;
    sum += value;
  }
  return sum;
}
