// The gradients of two linear layers' weights and biases at once, for GPUs: dW = dOutᵀ · X and dBias = Σ dOut over the tokens,
// job 0 in the workgroups with z = 0, job 1 in those with z = 1. The tile is that of gemm_tile.wgsl: a workgroup of 64
// owns 64 × 64 of dW, an invocation 8 × 8 of it in named registers, 16 tokens at a time are staged.
// d_out: [T, rows], x: [T, columns], d_weight: [rows, columns], d_bias: [rows], of each job; as vec4. What a job leaves out
// must be bound all the same.

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

var<workgroup> a_tile: array<vec4f, 256>;   // [16 tokens][16 row quads]
var<workgroup> b_tile: array<vec4f, 256>;   // [16 tokens][16 column quads]

fn write_weight(job: u32, at: u32, sum: vec4f) {
  if (job == 0) {
    if (ACCUMULATE) { d_weight_0[at] += sum; } else { d_weight_0[at] = sum; }
  } else {
    if (ACCUMULATE) { d_weight_1[at] += sum; } else { d_weight_1[at] = sum; }
  }
}

fn write_bias(job: u32, at: u32, sum: vec4f) {
  if (job == 0) {
    if (BIAS_0) { if (ACCUMULATE) { d_bias_0[at] += sum; } else { d_bias_0[at] = sum; } }
  } else {
    if (BIAS_1) { if (ACCUMULATE) { d_bias_1[at] += sum; } else { d_bias_1[at] = sum; } }
  }
}

@compute @workgroup_size(64)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let job = group.z;
  let rows = select(params.rows_1, params.rows_0, job == 0);
  let columns = select(params.columns_1, params.columns_0, job == 0);
  let first_row = 16 * group.y;
  let first_column = 16 * group.x;
  if (first_row >= rows || first_column >= columns) { return; }
  let x = lane % 8;
  let y = lane / 8;

  var c00 = vec4f(); var c01 = vec4f();
  var c10 = vec4f(); var c11 = vec4f();
  var c20 = vec4f(); var c21 = vec4f();
  var c30 = vec4f(); var c31 = vec4f();
  var c40 = vec4f(); var c41 = vec4f();
  var c50 = vec4f(); var c51 = vec4f();
  var c60 = vec4f(); var c61 = vec4f();
  var c70 = vec4f(); var c71 = vec4f();
  var bias0 = vec4f(); var bias1 = vec4f();

  for (var k = 0u; k < params.tokens; k += 16) {
    for (var i = lane; i < 256; i += 64) {
      let token = k + i / 16;
      let row = min(first_row + i % 16, rows - 1);
      let column = min(first_column + i % 16, columns - 1);
      var a = vec4f();
      var b = vec4f();
      if (token < params.tokens) {
        if (job == 0) {
          a = d_out_0[token * rows + row];
          b = x_0[token * columns + column];
        } else {
          a = d_out_1[token * rows + row];
          b = x_1[token * columns + column];
        }
      }
      a_tile[i] = a;
      b_tile[i] = b;
    }
    workgroupBarrier();
    for (var i = 0u; i < 256; i += 16) {
      let a0 = a_tile[i + y];
      let a1 = a_tile[i + 8 + y];
      let b0 = b_tile[i + x];
      let b1 = b_tile[i + 8 + x];
      c00 = fma(vec4f(a0.x), b0, c00); c01 = fma(vec4f(a0.x), b1, c01);
      c10 = fma(vec4f(a0.y), b0, c10); c11 = fma(vec4f(a0.y), b1, c11);
      c20 = fma(vec4f(a0.z), b0, c20); c21 = fma(vec4f(a0.z), b1, c21);
      c30 = fma(vec4f(a0.w), b0, c30); c31 = fma(vec4f(a0.w), b1, c31);
      c40 = fma(vec4f(a1.x), b0, c40); c41 = fma(vec4f(a1.x), b1, c41);
      c50 = fma(vec4f(a1.y), b0, c50); c51 = fma(vec4f(a1.y), b1, c51);
      c60 = fma(vec4f(a1.z), b0, c60); c61 = fma(vec4f(a1.z), b1, c61);
      c70 = fma(vec4f(a1.w), b0, c70); c71 = fma(vec4f(a1.w), b1, c71);
      bias0 += a0;
      bias1 += a1;
    }
    workgroupBarrier();
  }

  let upper = first_row + y;
  let lower = upper + 8;
  let left = first_column + x;
  let right = left + 8;
  if (upper < rows) {
    if (left < columns) {
      write_weight(job, (4 * upper + 0) * columns + left, c00);
      write_weight(job, (4 * upper + 1) * columns + left, c10);
      write_weight(job, (4 * upper + 2) * columns + left, c20);
      write_weight(job, (4 * upper + 3) * columns + left, c30);
    }
    if (right < columns) {
      write_weight(job, (4 * upper + 0) * columns + right, c01);
      write_weight(job, (4 * upper + 1) * columns + right, c11);
      write_weight(job, (4 * upper + 2) * columns + right, c21);
      write_weight(job, (4 * upper + 3) * columns + right, c31);
    }
    if (group.x == 0 && x == 0) { write_bias(job, upper, bias0); }
  }
  if (lower < rows) {
    if (left < columns) {
      write_weight(job, (4 * lower + 0) * columns + left, c40);
      write_weight(job, (4 * lower + 1) * columns + left, c50);
      write_weight(job, (4 * lower + 2) * columns + left, c60);
      write_weight(job, (4 * lower + 3) * columns + left, c70);
    }
    if (right < columns) {
      write_weight(job, (4 * lower + 0) * columns + right, c41);
      write_weight(job, (4 * lower + 1) * columns + right, c51);
      write_weight(job, (4 * lower + 2) * columns + right, c61);
      write_weight(job, (4 * lower + 3) * columns + right, c71);
    }
    if (group.x == 0 && x == 0) { write_bias(job, lower, bias1); }
  }
}
