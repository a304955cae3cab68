// The product with TRANSPOSE_A for software adapters with subgroups: C = Aᵀ · B, A: [inner, rows], B: [inner, columns].
// A workgroup is one subgroup, a lane owns one vec4 column of C in 16 rows. Of A the subgroup loads those 16 rows (4 vec4s)
// of one k, or of several where it has the lanes, together, and each lane gets them by shuffle.

override SUBGROUP: u32 = 8;   // lanes: 4, or 8 and more

@compute @workgroup_size(SUBGROUP)
fn multiply(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let columns = params.columns;
  let column = group.x * SUBGROUP + lane;
  let b_column = min(column, columns - 1);
  let height = params.rows / 4;
  let first_quad = 4 * group.y;
  let a_quad = min(first_quad + lane % 4, height - 1);
  let steps = SUBGROUP / 4;            // how many k one load of A holds
  let last = params.inner - 1;
  var c0 = vec4f(); var c1 = vec4f(); var c2 = vec4f(); var c3 = vec4f();
  var c4 = vec4f(); var c5 = vec4f(); var c6 = vec4f(); var c7 = vec4f();
  var c8 = vec4f(); var c9 = vec4f(); var c10 = vec4f(); var c11 = vec4f();
  var c12 = vec4f(); var c13 = vec4f(); var c14 = vec4f(); var c15 = vec4f();
  var sums = vec4f();

  for (var k = 0u; k < params.inner; k += steps) {
    let a_k = k + lane / 4;
    // Zeros past the end, so that nothing else has to look.
    let x = select(vec4f(), a[min(a_k, last) * height + a_quad], a_k <= last);
    if (BIAS_GRADIENT) { sums += x; }
    for (var i = 0u; i < steps; i += 1) {
      let y = b[min(k + i, last) * columns + b_column];
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

  let row = 4 * first_quad;
  finish(row, column, c0); finish(row + 1, column, c1); finish(row + 2, column, c2); finish(row + 3, column, c3);
  finish(row + 4, column, c4); finish(row + 5, column, c5); finish(row + 6, column, c6); finish(row + 7, column, c7);
  finish(row + 8, column, c8); finish(row + 9, column, c9); finish(row + 10, column, c10); finish(row + 11, column, c11);
  finish(row + 12, column, c12); finish(row + 13, column, c13); finish(row + 14, column, c14); finish(row + 15, column, c15);
  if (BIAS_GRADIENT && group.x == 0) {
    // Lanes 4 apart hold the same rows at different k.
    for (var half = SUBGROUP / 2; half >= 4; half /= 2) { sums += subgroupShuffle(sums, (lane + half) % SUBGROUP); }
    if (lane < 4) { finish_bias(first_quad + lane, sums); }
  }
}
