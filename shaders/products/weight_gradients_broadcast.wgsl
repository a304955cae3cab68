// The gradients of two linear layers' weights and biases at once, as weight_gradients_tile.wgsl has them, for software
// adapters with subgroups; the kernel is that of gemm_broadcast_tn.wgsl. The choice of the job lies outside the loop: an
// adapter that runs both sides of a branch finds the other side's loop empty.

requires unrestricted_pointer_parameters;

override SUBGROUP: u32 = 8;   // lanes: 4, or 8 and more
override ACCUMULATE: bool = false;
override BIAS_0: bool = true;
override BIAS_1: bool = true;

struct Params { tokens: u32, rows_0: u32, columns_0: u32, rows_1: u32, columns_1: u32 }   // rows and columns in vec4s

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> d_out_0: array<vec4f>;
@group(0) @binding(2) var<storage, read> x_0: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> d_weight_0: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> d_bias_0: array<vec4f>;
@group(0) @binding(5) var<storage, read> d_out_1: array<vec4f>;
@group(0) @binding(6) var<storage, read> x_1: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> d_weight_1: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> d_bias_1: array<vec4f>;

struct Job { rows: u32, columns: u32, with_bias: bool }   // rows and columns in vec4s

@compute @workgroup_size(SUBGROUP)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  if (group.z == 0) {
    product(Job(params.rows_0, params.columns_0, BIAS_0), group, lane, &d_out_0, &x_0, &d_weight_0, &d_bias_0);
  } else {
    product(Job(params.rows_1, params.columns_1, BIAS_1), group, lane, &d_out_1, &x_1, &d_weight_1, &d_bias_1);
  }
}

fn product(
  job: Job,
  group: vec3u,
  lane: u32,
  d_out: ptr<storage, array<vec4f>, read>,
  x: ptr<storage, array<vec4f>, read>,
  d_weight: ptr<storage, array<vec4f>, read_write>,
  d_bias: ptr<storage, array<vec4f>, read_write>,
) {
  let columns = job.columns;
  let column = group.x * SUBGROUP + lane;
  let x_column = min(column, columns - 1);
  let first_quad = 4 * group.y;
  let quad = min(first_quad + lane % 4, job.rows - 1);
  let steps = SUBGROUP / 4;            // how many tokens one load of dOut holds
  let last = params.tokens - 1;
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var c8 = vec4f(); var c9 = vec4f(); var c10 = vec4f(); var c11 = vec4f();
  var c12 = vec4f(); var c13 = vec4f(); var c14 = vec4f(); var c15 = vec4f();
  var sums = vec4f();

  // A workgroup beyond this job's sizes has nothing to do; its loop is empty.
  let inside = first_quad < job.rows && group.x * SUBGROUP < columns;
  let tokens = select(0u, params.tokens, inside);
  for (var k = 0u; k < tokens; k += steps) {
    let token = k + lane / 4;
    // Zeros past the end, so that nothing else has to look.
    let a = select(vec4f(), (*d_out)[min(token, last) * job.rows + quad], token <= last);
    sums += a;
    for (var i = 0u; i < steps; i += 1) {
      let y = (*x)[min(k + i, last) * columns + x_column];
      let a0 = subgroupShuffle(a, 4 * i);
      let a1 = subgroupShuffle(a, 4 * i + 1);
      let a2 = subgroupShuffle(a, 4 * i + 2);
      let a3 = subgroupShuffle(a, 4 * i + 3);
      c0 = fma(vec4f(a0.x), y, c0); c1 = fma(vec4f(a0.y), y, c1); c2 = fma(vec4f(a0.z), y, c2); c3 = fma(vec4f(a0.w), y, c3);
      c4 = fma(vec4f(a1.x), y, c4); c5 = fma(vec4f(a1.y), y, c5); c6 = fma(vec4f(a1.z), y, c6); c7 = fma(vec4f(a1.w), y, c7);
      c8 = fma(vec4f(a2.x), y, c8); c9 = fma(vec4f(a2.y), y, c9); c10 = fma(vec4f(a2.z), y, c10); c11 = fma(vec4f(a2.w), y, c11);
      c12 = fma(vec4f(a3.x), y, c12); c13 = fma(vec4f(a3.y), y, c13); c14 = fma(vec4f(a3.z), y, c14); c15 = fma(vec4f(a3.w), y, c15);
    }
  }

  if (inside && column < columns) {
    let rows = array(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15);
    let count = min(16, 4 * (job.rows - first_quad));
    for (var r = 0u; r < count; r += 1) {
      let at = (4 * first_quad + r) * columns + column;
      if (ACCUMULATE) { (*d_weight)[at] += rows[r]; } else { (*d_weight)[at] = rows[r]; }
    }
  }
  if (job.with_bias && group.x == 0) {
    // Lanes 4 apart hold the same rows at different tokens.
    for (var half = SUBGROUP / 2; half >= 4; half /= 2) { sums += subgroupShuffle(sums, (lane + half) % SUBGROUP); }
    if (inside && lane < 4 && first_quad + lane < job.rows) {
      if (ACCUMULATE) { (*d_bias)[first_quad + lane] += sums; } else { (*d_bias)[first_quad + lane] = sums; }
    }
  }
}
