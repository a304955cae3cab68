// Matrix product (not TRANSPOSE_A) for software adapters with subgroups. There an invocation is a SIMD lane and a
// load inside a loop costs far more than a multiply-add, so each load serves many. A workgroup is one subgroup, a
// lane owns one vec4 column of C. A lane keeps 32 of the inner dimension of B for that column in a private panel,
// then takes TILE_ROWS rows over it, two at a time: the subgroup loads 32 values of a row together and each lane gets
// them by shuffle. C waits in memory between panels. The panel is filled in a loop and read at constant places only.

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
      // Past the end the panel is zero: a shorter last panel must not keep numbers of the one before.
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
      cx = add_product(cx, of8(x0, x1, 0), &panel, 0);
      cy = add_product(cy, of8(y0, y1, 0), &panel, 0);
      cx = add_product(cx, of8(x0, x1, 1), &panel, 4);
      cy = add_product(cy, of8(y0, y1, 1), &panel, 4);
      cx = add_product(cx, of8(x0, x1, 2), &panel, 8);
      cy = add_product(cy, of8(y0, y1, 2), &panel, 8);
      cx = add_product(cx, of8(x0, x1, 3), &panel, 12);
      cy = add_product(cy, of8(y0, y1, 3), &panel, 12);
      cx = add_product(cx, of8(x0, x1, 4), &panel, 16);
      cy = add_product(cy, of8(y0, y1, 4), &panel, 16);
      cx = add_product(cx, of8(x0, x1, 5), &panel, 20);
      cy = add_product(cy, of8(y0, y1, 5), &panel, 20);
      cx = add_product(cx, of8(x0, x1, 6), &panel, 24);
      cy = add_product(cy, of8(y0, y1, 6), &panel, 24);
      cx = add_product(cx, of8(x0, x1, 7), &panel, 28);
      cy = add_product(cy, of8(y0, y1, 7), &panel, 28);

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

// Adds the product of four numbers of a row with four rows of the panel, from the first on.
fn add_product(c: vec4f, x: vec4f, panel: ptr<function, array<vec4f, 32>>, first: u32) -> vec4f {
  let half = fma(vec4f(x.y), panel[first + 1], fma(vec4f(x.x), panel[first], c));
  return fma(vec4f(x.w), panel[first + 3], fma(vec4f(x.z), panel[first + 2], half));
}
