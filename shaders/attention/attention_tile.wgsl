// out = softmax(q·kᵀ / √D) · v for every head of every packed sequence, in one pass over the keys: a running maximum
// and sum per query (Milakov & Gimelshein 2018, https://arxiv.org/abs/1805.02867; FlashAttention,
// https://arxiv.org/abs/2205.14135), so no T × T matrix is stored. With DROPOUT the probabilities are dropped before
// they meet v; their sum is not.
// qkv: [T, 3, A, D]; out: [T, A, D]; sequence b has rows cu_seqlens[b] to cu_seqlens[b + 1], of which the first
// key_lens[b] are keys; all as vec4.
//
// A workgroup takes TILE_ROWS queries of one head; a group of D/4 lanes takes 4 of them, a lane one vec4 of D for
// each. Scores of a group's 4 queries with one key make one vec4.

override QUADS: u32 = 8;       // D / 4
override GROUPS: u32 = 8;      // groups of lanes in a workgroup
override KEYS: u32 = 32;       // keys a tile
override TILE_ROWS: u32 = 4 * GROUPS;

var<workgroup> q_tile: array<vec4f, TILE_ROWS * QUADS>;   // [query][D / 4]
var<workgroup> k_tile: array<vec4f, KEYS * QUADS>;         // [D / 4][key]
var<workgroup> scores: array<vec4f, GROUPS * KEYS>;        // [group][key], one component a query

@compute @workgroup_size(QUADS * GROUPS)
fn forward(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let lanes = QUADS * GROUPS;
  let head = workgroup.y;
  let first = cu_seqlens[workgroup.z];
  let rows = cu_seqlens[workgroup.z + 1] - first;
  let keys = key_lens[workgroup.z];
  let first_query = TILE_ROWS * workgroup.x;
  if (first_query >= rows) { return; }

  let width = params.heads * QUADS;                 // one row of q, k or v
  let q_at = first * 3 * width + head * QUADS;
  let k_at = q_at + width;
  let v_at = k_at + width;
  let group = lane / QUADS;
  let quad = lane % QUADS;

  for (var i = lane; i < TILE_ROWS * QUADS; i += lanes) {
    let row = min(first_query + i / QUADS, rows - 1);
    q_tile[i] = qkv[q_at + row * 3 * width + i % QUADS] * params.scale;
  }

  var highest = vec4f(LOWEST);
  var sum = vec4f();
  var o0 = vec4f();
  var o1 = vec4f();
  var o2 = vec4f();
  var o3 = vec4f();

  for (var first_key = 0u; first_key < keys; first_key += KEYS) {
    let count = min(KEYS, keys - first_key);
    for (var i = lane; i < KEYS * QUADS; i += lanes) {
      let key = min(i / QUADS, count - 1);
      k_tile[(i % QUADS) * KEYS + i / QUADS] = qkv[k_at + (first_key + key) * 3 * width + i % QUADS];
    }
    workgroupBarrier();

    for (var i = lane; i < GROUPS * KEYS; i += lanes) {
      let key = i % KEYS;
      let query = 4 * (i / KEYS) * QUADS;
      var s = vec4f();
      for (var d = 0u; d < params.quads; d += 1) {
        let k = k_tile[d * KEYS + key];
        s += vec4f(
          dot(q_tile[query + d], k),
          dot(q_tile[query + QUADS + d], k),
          dot(q_tile[query + 2 * QUADS + d], k),
          dot(q_tile[query + 3 * QUADS + d], k),
        );
      }
      scores[i] = select(vec4f(LOWEST), s, key < count);
    }
    workgroupBarrier();

    // Every lane of a group finds the same maximum, then the lanes share the exponentials.
    let mine = group * KEYS;
    var tile_highest = highest;
    for (var key = 0u; key < count; key += 1) { tile_highest = max(tile_highest, scores[mine + key]); }
    workgroupBarrier();
    for (var key = quad; key < KEYS; key += QUADS) {
      var p = exp(scores[mine + key] - tile_highest);
      if (DROPOUT) {
        // What is dropped still counts in the sum: it is kept as a negative number.
        let keep = keep_attention(first_query / 4 + group, first_key + key, workgroup.z * params.heads + head);
        p = select(-p, p, keep > vec4f());
      }
      scores[mine + key] = p;
    }
    workgroupBarrier();

    let shrink = exp(highest - tile_highest);
    highest = tile_highest;
    sum *= shrink;
    o0 *= shrink.x;
    o1 *= shrink.y;
    o2 *= shrink.z;
    o3 *= shrink.w;
    for (var key = 0u; key < count; key += 1) {
      let signed = scores[mine + key];
      sum += abs(signed);
      var p = signed;
      if (DROPOUT) { p = max(signed, vec4f()) * params.keep_scale; }
      let v = qkv[v_at + (first_key + key) * 3 * width + quad];
      o0 = fma(vec4f(p.x), v, o0);
      o1 = fma(vec4f(p.y), v, o1);
      o2 = fma(vec4f(p.z), v, o2);
      o3 = fma(vec4f(p.w), v, o3);
    }
    workgroupBarrier();
  }

  let query = first_query + 4 * group;
  let at = (first + query) * width + head * QUADS + quad;
  if (query < rows) { out[at] = o0 / sum.x; }
  if (query + 1 < rows) { out[at + width] = o1 / sum.y; }
  if (query + 2 < rows) { out[at + 2 * width] = o2 / sum.z; }
  if (query + 3 < rows) { out[at + 3 * width] = o3 / sum.w; }
  if (SAVE) {
    let lse = highest + log(sum);
    for (var i = quad; i < 4; i += QUADS) {
      if (query + i < rows) { log_sum_exp[(first + query + i) * params.heads + head] = lse[i]; }
    }
  }
}
