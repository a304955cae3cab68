// ‖g‖₂ over all gradients, and what follows from it: two passes, no readback, always summed in the same order.
// `sum_squares`: each workgroup writes one sum over a block of the arena, whose padding is zero.
// `finish`: one workgroup. norm = √Σ, c = min(1, most / (norm + 1e-6)) as PyTorch clips; whether the sum is finite,
// and whether one ever was not: from then on nothing is updated. For rows that only decay (AdamW) it also writes
// which part of them is gone so far: 1 − ∏ keep, with the digits that the product, close to 1, loses in float32.

struct Params { count: u32, first: u32, most: f32 }   // vec4s of a block or sums; the first sum; 0: no clipping

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;

@compute @workgroup_size(LANES)
fn sum_squares(workgroup: Workgroup, @builtin(local_invocation_index) lane: u32) {
  var squares = vec4f();
  for (var i = workgroup.id.x * LANES + lane; i < params.count; i += workgroup.count.x * LANES) {
    squares = fma(gradient[i], gradient[i], squares);
  }
  let sum = row_sum(sum4(squares), lane);
  if (lane == 0) { sums[params.first + workgroup.id.x] = sum; }
}

@group(0) @binding(1) var<storage, read> all_sums: array<f32>;
@group(0) @binding(2) var<storage, read> steps: array<vec4f>;            // by parameter: step, keep, decay, root
@group(0) @binding(3) var<storage, read_write> status: array<f32>;       // norm, c, finite, halted
@group(0) @binding(4) var<storage, read_write> shrinkage: array<f32>;    // by parameter: 1 − ∏ keep

@compute @workgroup_size(LANES)
fn finish(@builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  for (var i = lane; i < params.count; i += LANES) { sum += all_sums[i]; }
  let squares = row_sum(sum, lane);
  // The bits are tested, since a compiler may take for granted that no number is infinite or NaN.
  let finite = (bitcast<u32>(squares) & 0x7f800000) != 0x7f800000;
  let halted = status[3] != 0.0 || !finite;
  storageBarrier();

  if (lane == 0) {
    let norm = sqrt(squares);
    status[0] = norm;
    status[1] = select(1.0, min(1.0, params.most / (norm + 1e-6)), params.most > 0.0);
    status[2] = select(0.0, 1.0, finite);
    status[3] = select(0.0, 1.0, halted);
  }
  if (halted) { return; }
  for (var i = lane; i < arrayLength(&steps); i += LANES) {
    let keep = select(1.0, steps[i].y, steps[i].w != 0.0);
    shrinkage[i] += (1.0 - keep) * (1.0 - shrinkage[i]);
  }
}
