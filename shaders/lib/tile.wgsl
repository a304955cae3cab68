// The tile of matrix products for GPUs: a workgroup of 64 owns 64 × 64 of C, an invocation 8 × 8 of it in named
// registers. 16 of the inner dimension at a time are staged in workgroup memory, both operands as [k][row or column]
// so that the inner loop reads whole vec4s: 4 reads for 64 multiply-adds. Rows 4y…4y+3 and 32+4y… of the tile belong
// to lane y (columns likewise with x), so that neighbouring lanes read neighbouring vec4s.
//
// The kernel behind this text says, for each of the products that it makes (`job`: the workgroup's z):
//   stage(workgroup, k, lane)            fills a_tile and b_tile with 16 k from k on, with 0 past the last
//   write(job, row, column, sum)         stores one vec4 of C, unless it lies outside
//   write_bias(job, row_quad, sum)       stores the sums of four rows of op(A) over the inner dimension

const TILE_ROWS: u32 = 64;
const TILE_QUADS: u32 = 16;

var<workgroup> a_tile: array<vec4f, 256>;   // [16 k][16 row quads]
var<workgroup> b_tile: array<vec4f, 256>;   // [16 k][16 column quads]

fn multiply_tile(workgroup: vec3u, lane: u32, inner: u32, with_bias: bool) {
  let job = workgroup.z;
  let x = lane % 8;
  let y = lane / 8;

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

  for (var k = 0u; k < inner; k += 16) {
    stage(workgroup, k, lane);
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
      if (with_bias) {
        bias0 += a0;
        bias1 += a1;
      }
    }
    workgroupBarrier();
  }

  let row = TILE_ROWS * workgroup.y + 4 * y;
  let column = TILE_QUADS * workgroup.x + x;
  write(job, row, column, c00); write(job, row, column + 8, c01);
  write(job, row + 1, column, c10); write(job, row + 1, column + 8, c11);
  write(job, row + 2, column, c20); write(job, row + 2, column + 8, c21);
  write(job, row + 3, column, c30); write(job, row + 3, column + 8, c31);
  write(job, row + 32, column, c40); write(job, row + 32, column + 8, c41);
  write(job, row + 33, column, c50); write(job, row + 33, column + 8, c51);
  write(job, row + 34, column, c60); write(job, row + 34, column + 8, c61);
  write(job, row + 35, column, c70); write(job, row + 35, column + 8, c71);
  if (with_bias && workgroup.x == 0 && x == 0) {
    write_bias(job, row / 4, bias0);
    write_bias(job, row / 4 + 8, bias1);
  }
}
