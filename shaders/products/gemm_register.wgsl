// Matrix product without workgroup memory or subgroups: an invocation owns 4 rows × 1 vec4 of C in registers.
// The kernel for software adapters that have no subgroups, where a barrier costs more than a load.

const TILE_ROWS: u32 = 16;
const TILE_QUADS: u32 = 8;

@compute @workgroup_size(TILE_QUADS, TILE_ROWS / 4)
fn multiply(@builtin(global_invocation_id) id: vec3u) {
  let columns = params.column_quads;
  let column = min(id.x, columns - 1);
  let last = params.rows - 1;
  var c0 = vec4f();
  var c1 = vec4f();
  var c2 = vec4f();
  var c3 = vec4f();
  var sums = vec4f();
  if (TRANSPOSE_A) {
    let height = params.rows / 4;
    let quad = min(id.y, height - 1);
    for (var k = 0u; k < params.inner; k += 1) {
      let x = a[k * height + quad];
      let y = b[k * columns + column];
      c0 = fma(vec4f(x.x), y, c0);
      c1 = fma(vec4f(x.y), y, c1);
      c2 = fma(vec4f(x.z), y, c2);
      c3 = fma(vec4f(x.w), y, c3);
      sums += x;
    }
  } else {
    let inner = params.inner / 4;
    let row0 = min(4 * id.y, last) * inner;
    let row1 = min(4 * id.y + 1, last) * inner;
    let row2 = min(4 * id.y + 2, last) * inner;
    let row3 = min(4 * id.y + 3, last) * inner;
    for (var k = 0u; k < inner; k += 1) {
      let a0 = a[row0 + k];
      let a1 = a[row1 + k];
      let a2 = a[row2 + k];
      let a3 = a[row3 + k];
      var m: mat4x4f;   // four k of B at this column
      if (TRANSPOSE_B) {
        let at = 4 * column * inner + k;
        m = transpose(mat4x4f(b[at], b[at + inner], b[at + 2 * inner], b[at + 3 * inner]));
      } else {
        let at = 4 * k * columns + column;
        m = mat4x4f(b[at], b[at + columns], b[at + 2 * columns], b[at + 3 * columns]);
      }
      c0 = fma(vec4f(a0.w), m[3], fma(vec4f(a0.z), m[2], fma(vec4f(a0.y), m[1], fma(vec4f(a0.x), m[0], c0))));
      c1 = fma(vec4f(a1.w), m[3], fma(vec4f(a1.z), m[2], fma(vec4f(a1.y), m[1], fma(vec4f(a1.x), m[0], c1))));
      c2 = fma(vec4f(a2.w), m[3], fma(vec4f(a2.z), m[2], fma(vec4f(a2.y), m[1], fma(vec4f(a2.x), m[0], c2))));
      c3 = fma(vec4f(a3.w), m[3], fma(vec4f(a3.z), m[2], fma(vec4f(a3.y), m[1], fma(vec4f(a3.x), m[0], c3))));
    }
  }
  finish(4 * id.y, id.x, c0);
  finish(4 * id.y + 1, id.x, c1);
  finish(4 * id.y + 2, id.x, c2);
  finish(4 * id.y + 3, id.x, c3);
  if (BIAS_GRADIENT && id.x == 0) { finish_bias(id.y, sums); }
}
