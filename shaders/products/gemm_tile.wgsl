// Matrix product for GPUs: the product of lib/gemm.wgsl by the tile of lib/tile.wgsl. This file stages the operands of
// each layout.

@compute @workgroup_size(64)
fn multiply(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  multiply_tile(workgroup, lane, params.inner, BIAS_GRADIENT);
}

fn stage(workgroup: vec3u, k: u32, lane: u32) {
  let first_row = TILE_ROWS * workgroup.y;
  let first_column = TILE_QUADS * workgroup.x;   // in vec4s
  let quad = lane / 4;
  let quad_k = lane % 4;
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
    let columns = transposed(false, k + 4 * quad_k, 4 * (first_column + quad), 4 * params.column_quads - 1);
    b_tile[at] = columns[0];
    b_tile[at + 16] = columns[1];
    b_tile[at + 32] = columns[2];
    b_tile[at + 48] = columns[3];
  } else {
    for (var i = lane; i < 256; i += 64) { b_tile[i] = straight(false, k + i / 16, first_column + i % 16); }
  }
}

// One vec4 of an operand whose last dimension is the tile's own (rows of A, columns of B), at one k.
fn straight(from_a: bool, k: u32, at: u32) -> vec4f {
  if (k >= params.inner) { return vec4f(); }
  if (from_a) { return a[k * (params.rows / 4) + min(at, params.rows / 4 - 1)]; }
  return b[k * params.column_quads + min(at, params.column_quads - 1)];
}

// Four rows of an operand whose last dimension is the inner one, at four k, transposed: element j holds the rows at
// k + j.
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

fn write(job: u32, row: u32, column: u32, sum: vec4f) { finish(row, column, sum); }

fn write_bias(job: u32, row_quad: u32, sum: vec4f) { finish_bias(row_quad, sum); }
