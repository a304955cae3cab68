// Matrix product (not TRANSPOSE_A) for software adapters with subgroups. There an invocation is a SIMD lane and a
// load inside a loop costs far more than a multiply-add, so each load serves many. A workgroup is one subgroup, a
// lane owns one vec4 column of C. A lane keeps 32 of the inner dimension of B for that column in a private panel,
// then takes TILE_ROWS rows over it, two at a time: the subgroup loads 32 values of a row together and each lane gets
// them by shuffle. C waits in memory between panels. The panel is filled in a loop and read at constant places only.

override SUBGROUP: u32 = 8;   // lanes: 4, or 8 and more

const TILE_ROWS: u32 = 64;
override TILE_QUADS: u32 = SUBGROUP;

@compute @workgroup_size(SUBGROUP)
fn multiply(@builtin(workgroup_id) workgroup: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let inner = params.inner / 4;
  let columns = params.column_quads;
  let column = TILE_QUADS * workgroup.x + lane;
  let b_column = min(column, columns - 1);
  let first_row = TILE_ROWS * workgroup.y;
  let last_row = min(first_row + TILE_ROWS, params.rows) - 1;
  var panel: array<vec4f, 32>;

  for (var k = 0u; k < inner; k += 8) {
    let count = min(8, inner - k);
    // The count is not known to the compiler, which would otherwise unroll this loop at a cost of seconds.
    for (var i = 0u; i < count; i += 1) {
      if (TRANSPOSE_B) {
        let at = 4 * b_column * inner + k + i;
        let w = transpose(mat4x4f(b[at], b[at + inner], b[at + 2 * inner], b[at + 3 * inner]));
        panel[4 * i] = w[0];
        panel[4 * i + 1] = w[1];
        panel[4 * i + 2] = w[2];
        panel[4 * i + 3] = w[3];
      } else {
        let at = 4 * (k + i) * columns + b_column;
        panel[4 * i] = b[at];
        panel[4 * i + 1] = b[at + columns];
        panel[4 * i + 2] = b[at + 2 * columns];
        panel[4 * i + 3] = b[at + 3 * columns];
      }
    }

    for (var row = first_row; row <= last_row; row += 2) {
      let x_at = row * inner + k;
      let y_at = min(row + 1, last_row) * inner + k;
      // Zeros past the end: what a shorter last panel left of the one before must not count.
      let x0 = select(vec4f(), a[x_at + lane], lane < count);
      let y0 = select(vec4f(), a[y_at + lane], lane < count);
      var x1 = x0;
      var y1 = y0;
      if (SUBGROUP < 8) {
        x1 = select(vec4f(), a[x_at + SUBGROUP + lane], SUBGROUP + lane < count);
        y1 = select(vec4f(), a[y_at + SUBGROUP + lane], SUBGROUP + lane < count);
      }
      var cx = vec4f();
      var cy = vec4f();
      var x = subgroupShuffle(x0, 0u % SUBGROUP);
      var y = subgroupShuffle(y0, 0u % SUBGROUP);
      cx = fma(vec4f(x.w), panel[3], fma(vec4f(x.z), panel[2], fma(vec4f(x.y), panel[1], fma(vec4f(x.x), panel[0], cx))));
      cy = fma(vec4f(y.w), panel[3], fma(vec4f(y.z), panel[2], fma(vec4f(y.y), panel[1], fma(vec4f(y.x), panel[0], cy))));
      x = subgroupShuffle(x0, 1u % SUBGROUP);
      y = subgroupShuffle(y0, 1u % SUBGROUP);
      cx = fma(vec4f(x.w), panel[7], fma(vec4f(x.z), panel[6], fma(vec4f(x.y), panel[5], fma(vec4f(x.x), panel[4], cx))));
      cy = fma(vec4f(y.w), panel[7], fma(vec4f(y.z), panel[6], fma(vec4f(y.y), panel[5], fma(vec4f(y.x), panel[4], cy))));
      x = subgroupShuffle(x0, 2u % SUBGROUP);
      y = subgroupShuffle(y0, 2u % SUBGROUP);
      cx = fma(vec4f(x.w), panel[11], fma(vec4f(x.z), panel[10], fma(vec4f(x.y), panel[9], fma(vec4f(x.x), panel[8], cx))));
      cy = fma(vec4f(y.w), panel[11], fma(vec4f(y.z), panel[10], fma(vec4f(y.y), panel[9], fma(vec4f(y.x), panel[8], cy))));
      x = subgroupShuffle(x0, 3u % SUBGROUP);
      y = subgroupShuffle(y0, 3u % SUBGROUP);
      cx = fma(vec4f(x.w), panel[15], fma(vec4f(x.z), panel[14], fma(vec4f(x.y), panel[13], fma(vec4f(x.x), panel[12], cx))));
      cy = fma(vec4f(y.w), panel[15], fma(vec4f(y.z), panel[14], fma(vec4f(y.y), panel[13], fma(vec4f(y.x), panel[12], cy))));
      x = subgroupShuffle(x1, 4u % SUBGROUP);
      y = subgroupShuffle(y1, 4u % SUBGROUP);
      cx = fma(vec4f(x.w), panel[19], fma(vec4f(x.z), panel[18], fma(vec4f(x.y), panel[17], fma(vec4f(x.x), panel[16], cx))));
      cy = fma(vec4f(y.w), panel[19], fma(vec4f(y.z), panel[18], fma(vec4f(y.y), panel[17], fma(vec4f(y.x), panel[16], cy))));
      x = subgroupShuffle(x1, 5u % SUBGROUP);
      y = subgroupShuffle(y1, 5u % SUBGROUP);
      cx = fma(vec4f(x.w), panel[23], fma(vec4f(x.z), panel[22], fma(vec4f(x.y), panel[21], fma(vec4f(x.x), panel[20], cx))));
      cy = fma(vec4f(y.w), panel[23], fma(vec4f(y.z), panel[22], fma(vec4f(y.y), panel[21], fma(vec4f(y.x), panel[20], cy))));
      x = subgroupShuffle(x1, 6u % SUBGROUP);
      y = subgroupShuffle(y1, 6u % SUBGROUP);
      cx = fma(vec4f(x.w), panel[27], fma(vec4f(x.z), panel[26], fma(vec4f(x.y), panel[25], fma(vec4f(x.x), panel[24], cx))));
      cy = fma(vec4f(y.w), panel[27], fma(vec4f(y.z), panel[26], fma(vec4f(y.y), panel[25], fma(vec4f(y.x), panel[24], cy))));
      x = subgroupShuffle(x1, 7u % SUBGROUP);
      y = subgroupShuffle(y1, 7u % SUBGROUP);
      cx = fma(vec4f(x.w), panel[31], fma(vec4f(x.z), panel[30], fma(vec4f(x.y), panel[29], fma(vec4f(x.x), panel[28], cx))));
      cy = fma(vec4f(y.w), panel[31], fma(vec4f(y.z), panel[30], fma(vec4f(y.y), panel[29], fma(vec4f(y.x), panel[28], cy))));

      if (column < columns) {
        let at = row * columns + column;
        let below = row < last_row;
        if (k > 0) {
          cx += c[at];
          if (below) { cy += c[at + columns]; }
        }
        if (k + 8 < inner) {
          c[at] = cx;
          if (below) { c[at + columns] = cy; }
        } else {
          finish(row, column, cx);
          if (below) { finish(row + 1, column, cy); }
        }
      }
    }
  }
}
