// Matrix product for GPUs: a workgroup of 64 owns 64 × 64 of C, an invocation 8 × 8 of it in named registers.
// 16 of the inner dimension at a time are staged in workgroup memory, both operands as [k][row or column] so that the
// inner loop reads whole vec4s: 4 reads for 64 multiply-adds. Rows 4y…4y+3 and 32+4y… of the tile belong to lane y (columns
// likewise with x), so that neighbouring lanes read neighbouring vec4s.

var<workgroup> a_tile: array<vec4f, 256>;   // [16 k][16 row quads]
var<workgroup> b_tile: array<vec4f, 256>;   // [16 k][16 column quads]

// One vec4 of an operand whose last dimension is the tile's own (rows of A, columns of B), at one k.
fn straight(from_a: bool, k: u32, at: u32) -> vec4f {
  if (k >= params.inner) { return vec4f(); }
  if (from_a) { return a[k * (params.rows / 4) + min(at, params.rows / 4 - 1)]; }
  return b[k * params.columns + min(at, params.columns - 1)];
}

// Four rows of an operand whose last dimension is the inner one, at four k, transposed: element j holds the rows at k + j.
fn transposed(from_a: bool, k: u32, row: u32, last_row: u32) -> mat4x4f {
  if (k >= params.inner) { return mat4x4f(); }
  let width = params.inner / 4;
  let r0 = min(row, last_row) * width + k / 4;
  let r1 = min(row + 1, last_row) * width + k / 4;
  let r2 = min(row + 2, last_row) * width + k / 4;
  let r3 = min(row + 3, last_row) * width + k / 4;
  if (from_a) { return transpose(mat4x4f(a[r0], a[r1], a[r2], a[r3])); }
  return transpose(mat4x4f(b[r0], b[r1], b[r2], b[r3]));
}

@compute @workgroup_size(64)
fn multiply(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let x = lane % 8;
  let y = lane / 8;
  let first_row = 64 * group.y;
  let first_column = 16 * group.x;   // in vec4s
  let quad = lane / 4;
  let quad_k = lane % 4;

  // c<row><half>: row 0…3 the upper four, 4…7 the lower four; half 0 the left vec4, 1 the right one.
  var c00 = vec4f(); var c01 = vec4f();
  var c10 = vec4f(); var c11 = vec4f();
  var c20 = vec4f(); var c21 = vec4f();
  var c30 = vec4f(); var c31 = vec4f();
  var c40 = vec4f(); var c41 = vec4f();
  var c50 = vec4f(); var c51 = vec4f();
  var c60 = vec4f(); var c61 = vec4f();
  var c70 = vec4f(); var c71 = vec4f();

  var bias0 = vec4f(); var bias1 = vec4f();

  for (var k = 0u; k < params.inner; k += 16) {
    let at = 64 * quad_k + quad;
    if (TRANSPOSE_A) {
      for (var i = lane; i < 256; i += 64) { a_tile[i] = straight(true, k + i / 16, first_row / 4 + i % 16); }
    } else {
      let rows = transposed(true, k + 4 * quad_k, first_row + 4 * quad, params.rows - 1);
      a_tile[at] = rows[0];
      a_tile[at + 16] = rows[1];
      a_tile[at + 32] = rows[2];
      a_tile[at + 48] = rows[3];
    }
    if (TRANSPOSE_B) {
      let columns = transposed(false, k + 4 * quad_k, 4 * (first_column + quad), 4 * params.columns - 1);
      b_tile[at] = columns[0];
      b_tile[at + 16] = columns[1];
      b_tile[at + 32] = columns[2];
      b_tile[at + 48] = columns[3];
    } else {
      for (var i = lane; i < 256; i += 64) { b_tile[i] = straight(false, k + i / 16, first_column + i % 16); }
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
      if (BIAS_GRADIENT) {
        bias0 += a0;
        bias1 += a1;
      }
    }
    workgroupBarrier();
  }

  let row = first_row + 4 * y;
  let column = first_column + x;
  finish(row, column, c00); finish(row, column + 8, c01);
  finish(row + 1, column, c10); finish(row + 1, column + 8, c11);
  finish(row + 2, column, c20); finish(row + 2, column + 8, c21);
  finish(row + 3, column, c30); finish(row + 3, column + 8, c31);
  finish(row + 32, column, c40); finish(row + 32, column + 8, c41);
  finish(row + 33, column, c50); finish(row + 33, column + 8, c51);
  finish(row + 34, column, c60); finish(row + 34, column + 8, c61);
  finish(row + 35, column, c70); finish(row + 35, column + 8, c71);
  if (BIAS_GRADIENT && group.x == 0 && x == 0) {
    finish_bias(row / 4, bias0);
    finish_bias(row / 4 + 8, bias1);
  }
}
