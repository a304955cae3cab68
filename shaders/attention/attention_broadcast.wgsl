// The attention of attention_tile.wgsl for software adapters with subgroups, where a load costs far more than
// arithmetic and a barrier more than both: one pass over the keys, with a running maximum and sum.
// qkv: [T, 3, A, D]; out: [T, A, D]; as vec4; packed as there.
//
// A workgroup is one subgroup, a lane one query of one head. The subgroup loads 8 keys (then 8 values) together, a
// lane one of them, and each lane gets all of them by shuffle. The unfinished output waits in memory.

override TILE_ROWS: u32 = SUBGROUP;

@compute @workgroup_size(SUBGROUP)
fn forward(@builtin(workgroup_id) workgroup: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let quads = params.quads;
  let first = cu_seqlens[workgroup.z];
  let rows = cu_seqlens[workgroup.z + 1] - first;
  let keys = key_lens[workgroup.z];
  let query = TILE_ROWS * workgroup.x + lane;
  if (TILE_ROWS * workgroup.x >= rows) { return; }
  let row = first + min(query, rows - 1);

  let width = params.heads * quads;   // one row of q, k or v
  let column = workgroup.y * quads;
  let q_at = row * 3 * width + column;
  let out_at = row * width + column;
  var highest = LOWEST;
  var sum = 0.0;

  for (var first_key = 0u; first_key < keys; first_key += 8) {
    let count = min(8, keys - first_key);
    let k0_at = (first + first_key + min(lane, count - 1)) * 3 * width + width + column;
    let k1_at = (first + first_key + min(SUBGROUP + lane, count - 1)) * 3 * width + width + column;

    var s0 = vec4f();
    var s1 = vec4f();
    for (var d = 0u; d < quads; d += 1) {
      let q = qkv[q_at + d] * params.scale;
      let k0 = qkv[k0_at + d];
      var k1 = k0;
      if (SUBGROUP < 8) { k1 = qkv[k1_at + d]; }
      s0 += dots(q, k0, k1, 0);
      s1 += dots(q, k0, k1, 4);
    }
    s0 = select(vec4f(LOWEST), s0, vec4u(0, 1, 2, 3) < vec4u(count));
    s1 = select(vec4f(LOWEST), s1, vec4u(4, 5, 6, 7) < vec4u(count));

    let most = max(s0, s1);
    let new_highest = max(highest, max(max(most.x, most.y), max(most.z, most.w)));
    var p0 = exp(s0 - new_highest);
    var p1 = exp(s1 - new_highest);
    let shrink = exp(highest - new_highest);
    highest = new_highest;
    let p = p0 + p1;
    sum = fma(sum, shrink, (p.x + p.y) + (p.z + p.w));
    if (DROPOUT) {
      for (var i = 0u; i < 4; i += 1) {
        p0[i] *= keep_attention(query / 4, first_key + i, workgroup.z * params.heads + workgroup.y)[query % 4];
        p1[i] *= keep_attention(query / 4, first_key + 4 + i, workgroup.z * params.heads + workgroup.y)[query % 4];
      }
    }

    for (var d = 0u; d < quads; d += 1) {
      let v0 = qkv[k0_at + width + d];
      var v1 = v0;
      if (SUBGROUP < 8) { v1 = qkv[k1_at + width + d]; }
      var o = vec4f();
      if (first_key > 0) { o = out[out_at + d] * shrink; }
      o = fma(vec4f(p0.x), subgroupShuffle(v0, 0u), o);
      o = fma(vec4f(p0.y), subgroupShuffle(v0, 1u), o);
      o = fma(vec4f(p0.z), subgroupShuffle(v0, 2u), o);
      o = fma(vec4f(p0.w), subgroupShuffle(v0, 3u), o);
      o = fma(vec4f(p1.x), subgroupShuffle(v1, 4u % SUBGROUP), o);
      o = fma(vec4f(p1.y), subgroupShuffle(v1, 5u % SUBGROUP), o);
      o = fma(vec4f(p1.z), subgroupShuffle(v1, 6u % SUBGROUP), o);
      o = fma(vec4f(p1.w), subgroupShuffle(v1, 7u % SUBGROUP), o);
      if (first_key + 8 >= keys) { o /= sum; }
      if (query < rows) { out[out_at + d] = o; }
    }
  }
  if (SAVE && query < rows) { log_sum_exp[row * params.heads + workgroup.y] = highest + log(sum); }
}
