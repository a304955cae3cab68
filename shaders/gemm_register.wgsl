// Matrix product without workgroup memory or subgroups: an invocation owns 4 rows × 1 vec4 of C in registers.
// The kernel for software adapters that have no subgroups, where a barrier costs more than a load.

@compute @workgroup_size(8, 4)
fn multiply(@builtin(global_invocation_id) id: vec3u) {
  let column = min(id.x, params.columns - 1);
  let last = params.rows - 1;
  let inner = params.inner;
  let row0 = min(4 * id.y, last) * inner;
  let row1 = min(4 * id.y + 1, last) * inner;
  let row2 = min(4 * id.y + 2, last) * inner;
  let row3 = min(4 * id.y + 3, last) * inner;
  var c0 = vec4f();
  var c1 = vec4f();
  var c2 = vec4f();
  var c3 = vec4f();
  for (var k = 0u; k < inner; k += 1) {
    let a0 = a[row0 + k];
    let a1 = a[row1 + k];
    let a2 = a[row2 + k];
    let a3 = a[row3 + k];
    var b0: vec4f;
    var b1: vec4f;
    var b2: vec4f;
    var b3: vec4f;
    if (TRANSPOSE_B) {
      let w0 = b[(4 * column) * inner + k];
      let w1 = b[(4 * column + 1) * inner + k];
      let w2 = b[(4 * column + 2) * inner + k];
      let w3 = b[(4 * column + 3) * inner + k];
      b0 = vec4f(w0.x, w1.x, w2.x, w3.x);
      b1 = vec4f(w0.y, w1.y, w2.y, w3.y);
      b2 = vec4f(w0.z, w1.z, w2.z, w3.z);
      b3 = vec4f(w0.w, w1.w, w2.w, w3.w);
    } else {
      b0 = b[(4 * k) * params.columns + column];
      b1 = b[(4 * k + 1) * params.columns + column];
      b2 = b[(4 * k + 2) * params.columns + column];
      b3 = b[(4 * k + 3) * params.columns + column];
    }
    c0 = fma(vec4f(a0.w), b3, fma(vec4f(a0.z), b2, fma(vec4f(a0.y), b1, fma(vec4f(a0.x), b0, c0))));
    c1 = fma(vec4f(a1.w), b3, fma(vec4f(a1.z), b2, fma(vec4f(a1.y), b1, fma(vec4f(a1.x), b0, c1))));
    c2 = fma(vec4f(a2.w), b3, fma(vec4f(a2.z), b2, fma(vec4f(a2.y), b1, fma(vec4f(a2.x), b0, c2))));
    c3 = fma(vec4f(a3.w), b3, fma(vec4f(a3.z), b2, fma(vec4f(a3.y), b1, fma(vec4f(a3.x), b0, c3))));
  }
  if (id.x < params.columns) {
    finish(4 * id.y, column, c0);
    finish(4 * id.y + 1, column, c1);
    finish(4 * id.y + 2, column, c2);
    finish(4 * id.y + 3, column, c3);
  }
}
