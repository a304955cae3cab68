// The gradients of attention_backward_tile.wgsl, in its words, for software adapters with subgroups: a workgroup is
// one subgroup, a lane owns one row (a query, or in the later workgroups a key) of one head. 8 other rows are loaded
// together, a lane one of them, and each lane gets them by shuffle. Unfinished gradients wait in memory.

override TILE_ROWS: u32 = SUBGROUP;

@compute @workgroup_size(SUBGROUP)
fn backward(@builtin(workgroup_id) workgroup: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let quads = params.quads;
  let head = workgroup.y;
  let first = cu_seqlens[workgroup.z];
  let rows = cu_seqlens[workgroup.z + 1] - first;
  let keys = key_lens[workgroup.z];
  let owns_queries = workgroup.x < params.query_tiles;
  let first_own = TILE_ROWS * select(workgroup.x - params.query_tiles, workgroup.x, owns_queries);
  if (first_own >= rows) { return; }
  let own = first_own + lane;
  let row = first + min(own, rows - 1);
  let other_rows = select(rows, keys, owns_queries);
  // A key behind the valid ones is padding: its gradients are 0.
  let counts = owns_queries || own < keys;

  let width = params.heads * quads;
  let qkv_width = 3 * width;
  let column = head * quads;
  let q_part = column;
  let k_part = width + column;
  let v_part = 2 * width + column;
  let own_q_or_k = row * qkv_width + select(k_part, q_part, owns_queries);
  let own_v = row * qkv_width + v_part;
  let own_out = row * width + column;
  var own_lse = 0.0;
  var own_delta = 0.0;
  if (owns_queries) {
    own_lse = log_sum_exp[row * params.heads + head];
    own_delta = delta(own_out);
  }

  for (var first_other = 0u; first_other < other_rows; first_other += 8) {
    let count = min(8, other_rows - first_other);
    let other_a = first + first_other + min(lane, count - 1);
    let other_b = first + first_other + min(SUBGROUP + lane, count - 1);
    let part = select(q_part, k_part, owns_queries);
    let a0_at = other_a * qkv_width + part;
    let b0_at = other_b * qkv_width + part;
    let a1_at = select(other_a * width + column, other_a * qkv_width + v_part, owns_queries);
    let b1_at = select(other_b * width + column, other_b * qkv_width + v_part, owns_queries);

    var s0 = vec4f();
    var s1 = vec4f();
    var dp0 = vec4f();
    var dp1 = vec4f();
    for (var d = 0u; d < quads; d += 1) {
      let x = qkv[own_q_or_k + d] * params.scale;
      var y: vec4f;
      var a1: vec4f;
      if (owns_queries) {
        y = d_out[own_out + d];
        a1 = qkv[a1_at + d];
      } else {
        y = qkv[own_v + d];
        a1 = d_out[a1_at + d];
      }
      let a0 = qkv[a0_at + d];
      var b0 = a0;
      var b1 = a1;
      if (SUBGROUP < 8) {
        b0 = qkv[b0_at + d];
        if (owns_queries) { b1 = qkv[b1_at + d]; } else { b1 = d_out[b1_at + d]; }
      }
      s0 += dots(x, a0, b0, 0);
      s1 += dots(x, a0, b0, 4);
      dp0 += dots(y, a1, b1, 0);
      dp1 += dots(y, a1, b1, 4);
    }

    var lse0 = vec4f(own_lse);
    var lse1 = lse0;
    var delta0 = vec4f(own_delta);
    var delta1 = delta0;
    if (!owns_queries) {
      // x: log-sum-exp, y: dOut·out of the query that this lane holds.
      let a = vec4f(log_sum_exp[other_a * params.heads + head], delta(other_a * width + column), 0, 0);
      var b = a;
      if (SUBGROUP < 8) {
        b = vec4f(log_sum_exp[other_b * params.heads + head], delta(other_b * width + column), 0, 0);
      }
      lse0 = vec4f(of8(a, b, 0).x, of8(a, b, 1).x, of8(a, b, 2).x, of8(a, b, 3).x);
      lse1 = vec4f(of8(a, b, 4).x, of8(a, b, 5).x, of8(a, b, 6).x, of8(a, b, 7).x);
      delta0 = vec4f(of8(a, b, 0).y, of8(a, b, 1).y, of8(a, b, 2).y, of8(a, b, 3).y);
      delta1 = vec4f(of8(a, b, 4).y, of8(a, b, 5).y, of8(a, b, 6).y, of8(a, b, 7).y);
    }
    var keep0 = vec4f(1.0);
    var keep1 = vec4f(1.0);
    if (DROPOUT) {
      let attended = workgroup.z * params.heads + head;
      if (owns_queries) {
        for (var i = 0u; i < 4; i += 1) {
          keep0[i] = keep_attention(own / 4, first_other + i, attended)[own % 4];
          keep1[i] = keep_attention(own / 4, first_other + 4 + i, attended)[own % 4];
        }
      } else {
        keep0 = keep_attention(first_other / 4, own, attended);
        keep1 = keep_attention(first_other / 4 + 1, own, attended);
      }
    }
    var p0 = select(vec4f(), exp(s0 - lse0), vec4u(0, 1, 2, 3) < vec4u(count));
    var p1 = select(vec4f(), exp(s1 - lse1), vec4u(4, 5, 6, 7) < vec4u(count));
    let ds0 = p0 * (dp0 * keep0 - delta0) * params.scale;
    let ds1 = p1 * (dp1 * keep1 - delta1) * params.scale;
    p0 *= keep0;
    p1 *= keep1;

    for (var d = 0u; d < quads; d += 1) {
      let a0 = qkv[a0_at + d];
      var b0 = a0;
      if (SUBGROUP < 8) { b0 = qkv[b0_at + d]; }
      var sum = vec4f();
      if (first_other > 0) { sum = d_qkv[own_q_or_k + d]; }
      sum = add_weighted(sum, ds0, ds1, a0, b0);
      if (own < rows) { d_qkv[own_q_or_k + d] = select(vec4f(), sum, counts); }
    }
    if (!owns_queries) {
      for (var d = 0u; d < quads; d += 1) {
        let a1 = d_out[a1_at + d];
        var b1 = a1;
        if (SUBGROUP < 8) { b1 = d_out[b1_at + d]; }
        var sum = vec4f();
        if (first_other > 0) { sum = d_qkv[own_v + d]; }
        sum = add_weighted(sum, p0, p1, a1, b1);
        if (own < rows) { d_qkv[own_v + d] = select(vec4f(), sum, counts); }
      }
    }
  }
}
