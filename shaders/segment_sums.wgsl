// Gradients of tables whose rows were gathered: each row of a table gets the sum of the rows of dOut that it went to,
//   gradients[targets[s]…] (+)= Σ dOut[order[i]] for i from starts[s] to starts[s + 1].
// A segment belongs to one workgroup and its rows are added in order: the same bits each time, nothing atomic.
// order: rows of dOut, sorted by segment; starts: [segments + 1]; targets: [segments], where each row begins in the
// block of gradients; dOut: [T, H]; as vec4.

override ACCUMULATE: bool = false;

struct Params { segments: u32, row_quads: u32 }   // row_quads: vec4s of a row

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;
@group(0) @binding(3) var<storage, read> targets: array<u32>;
@group(0) @binding(4) var<storage, read> d_out: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> gradients: array<vec4f>;

@compute @workgroup_size(LANES)
fn backward(workgroup: Workgroup, @builtin(local_invocation_index) lane: u32) {
  let segment = row_index(workgroup);
  if (segment >= params.segments) { return; }
  let first = starts[segment];
  let end = starts[segment + 1];
  let target_start = targets[segment];
  for (var column = lane; column < params.row_quads; column += LANES) {
    var sum = vec4f();
    if (ACCUMULATE) { sum = gradients[target_start + column]; }
    for (var i = first; i < end; i += 1) { sum += d_out[order[i] * params.row_quads + column]; }
    gradients[target_start + column] = sum;
  }
}
