// C = Aᵀ · B for software adapters with subgroups, A: [inner, rows], B: [inner, columns], as vec4. A workgroup is one
// subgroup, a lane owns one vec4 column of C in 16 rows. Of A the subgroup loads those 16 rows (4 vec4s) of one k, or
// of several where it has the lanes, together, and each lane gets them by shuffle.
//
// The kernel behind this text says, for each of the products that it makes:
//   write(job, row, column, sum)         stores one vec4 of C, unless it lies outside
//   write_bias(job, row_quad, sum)       stores the sums of four rows of Aᵀ over the inner dimension

enable subgroups;
requires unrestricted_pointer_parameters;

override SUBGROUP: u32 = 8;   // lanes: 4, or 8 and more

const TILE_ROWS: u32 = 16;
override TILE_QUADS: u32 = SUBGROUP;

struct Job { number: u32, row_quads: u32, column_quads: u32, inner: u32, with_bias: bool }

fn multiply_transposed(
  job: Job,
  workgroup: vec3u,
  lane: u32,
  a: ptr<storage, array<vec4f>, read>,
  b: ptr<storage, array<vec4f>, read>,
) {
  let columns = job.column_quads;
  let column = TILE_QUADS * workgroup.x + lane;
  let b_column = min(column, columns - 1);
  let first_quad = TILE_ROWS / 4 * workgroup.y;
  let a_quad = min(first_quad + lane % 4, job.row_quads - 1);
  let steps = SUBGROUP / 4;            // how many k one load of A holds
  let last = job.inner - 1;
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var c8 = vec4f(); var c9 = vec4f(); var c10 = vec4f(); var c11 = vec4f();
  var c12 = vec4f(); var c13 = vec4f(); var c14 = vec4f(); var c15 = vec4f();
  var sums = vec4f();

  // A workgroup beyond this job's sizes has nothing to do; its loop is empty.
  let inside = first_quad < job.row_quads && TILE_QUADS * workgroup.x < columns;
  let inner = select(0u, job.inner, inside);
  for (var k = 0u; k < inner; k += steps) {
    let a_k = k + lane / 4;
    // Past the end the values are zero, so that nothing else has to check.
    let x = select(vec4f(), (*a)[min(a_k, last) * job.row_quads + a_quad], a_k <= last);
    sums += x;
    for (var i = 0u; i < steps; i += 1) {
      let y = (*b)[min(k + i, last) * columns + b_column];
      let x0 = subgroupShuffle(x, 4 * i);
      let x1 = subgroupShuffle(x, 4 * i + 1);
      let x2 = subgroupShuffle(x, 4 * i + 2);
      let x3 = subgroupShuffle(x, 4 * i + 3);
      c0 = fma(vec4f(x0.x), y, c0); c1 = fma(vec4f(x0.y), y, c1); c2 = fma(vec4f(x0.z), y, c2); c3 = fma(vec4f(x0.w), y, c3);
      c4 = fma(vec4f(x1.x), y, c4); c5 = fma(vec4f(x1.y), y, c5); c6 = fma(vec4f(x1.z), y, c6); c7 = fma(vec4f(x1.w), y, c7);
      c8 = fma(vec4f(x2.x), y, c8); c9 = fma(vec4f(x2.y), y, c9); c10 = fma(vec4f(x2.z), y, c10); c11 = fma(vec4f(x2.w), y, c11);
      c12 = fma(vec4f(x3.x), y, c12); c13 = fma(vec4f(x3.y), y, c13); c14 = fma(vec4f(x3.z), y, c14); c15 = fma(vec4f(x3.w), y, c15);
    }
  }

  if (inside && column < columns) {
    let rows = array(c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15);
    let count = min(TILE_ROWS, 4 * (job.row_quads - first_quad));
    for (var r = 0u; r < count; r += 1) { write(job.number, 4 * first_quad + r, column, rows[r]); }
  }
  if (job.with_bias && workgroup.x == 0) {
    // Lanes 4 apart hold the same rows at different k.
    for (var half = SUBGROUP / 2; half >= 4; half /= 2) { sums += subgroupShuffle(sums, (lane + half) % SUBGROUP); }
    if (inside && lane < 4) { write_bias(job.number, first_quad + lane, sums); }
  }
}
