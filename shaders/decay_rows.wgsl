// p ← p − p · s for the rows of a matrix that are not in use: all the decay that they have missed, in one go.
// p: [rows, width], from `start` on in its buffer; s: shrinkage[index]; used: one bit a row. A workgroup a row.

struct Params { rows: u32, width: u32, start: u32, index: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> used: array<u32>;
@group(0) @binding(2) var<storage, read> shrinkage: array<f32>;
@group(0) @binding(3) var<storage, read_write> parameter: array<f32>;

@compute @workgroup_size(LANES)
fn decay(workgroup: Workgroup, @builtin(local_invocation_index) lane: u32) {
  let shrink = shrinkage[params.index];
  for (var row = workgroup.id.x; row < params.rows; row += workgroup.count.x) {
    if ((used[row / 32] & (1u << (row % 32))) != 0) { continue; }
    let start = params.start + row * params.width;
    for (var i = start + lane; i < start + params.width; i += LANES) {
      parameter[i] = fma(-shrink, parameter[i], parameter[i]);
    }
  }
}
