// Gradients of attention_tile.wgsl without a stored T × T matrix: scores are computed again, the log-sum-exp of the
// forward pass makes them probabilities (FlashAttention-2, https://arxiv.org/abs/2307.08691). For query i, key j,
// scale 1/√D:
//   p = exp(scale · qᵢ·kⱼ − lseᵢ)    ds = p · (dOutᵢ·vⱼ − dOutᵢ·outᵢ)
// with DROPOUT and the mask m of the forward pass: ds = p · (m · dOutᵢ·vⱼ − dOutᵢ·outᵢ), and m · p for dv
//   dqᵢ = scale · Σⱼ ds · kⱼ         dkⱼ = scale · Σᵢ ds · qᵢ         dvⱼ = Σᵢ p · dOutᵢ
// qkv, d_qkv: [T, 3, A, D]; out, d_out: [T, A, D]; log_sum_exp: [T, A]; vectors as vec4; packed as in the forward pass.
//
// The first workgroups of a sequence own queries and go over the keys, the others own keys and go over the queries:
// no two write one place, nothing is added atomically. Either way a workgroup owns TILE_ROWS rows, a group of D/4
// lanes 4 of them, and meets OTHERS rows at a time:
//   owner of queries: own q and dOut, others k and v      owner of keys: own k and v, others q and dOut

override QUADS: u32 = 8;       // D / 4
override GROUPS: u32 = 4;      // groups of lanes in a workgroup
override OTHERS: u32 = 16;     // rows met at a time
override TILE_ROWS: u32 = 4 * GROUPS;

var<workgroup> own0: array<vec4f, TILE_ROWS * QUADS>;     // [row][D / 4]: q or k
var<workgroup> own1: array<vec4f, TILE_ROWS * QUADS>;     // dOut or v
var<workgroup> other0: array<vec4f, OTHERS * QUADS>;       // [D / 4][row]: k or q
var<workgroup> other1: array<vec4f, OTHERS * QUADS>;       // v or dOut
var<workgroup> own_lse: array<vec4f, GROUPS>;              // of the group's 4 queries
var<workgroup> own_delta: array<vec4f, GROUPS>;            // dOut·out of the group's 4 queries
var<workgroup> other_lse: array<f32, OTHERS>;
var<workgroup> other_delta: array<f32, OTHERS>;
var<workgroup> p_tile: array<vec4f, GROUPS * OTHERS>;      // [group][other], one component an own row
var<workgroup> ds_tile: array<vec4f, GROUPS * OTHERS>;

// The mask of four own rows, from `own` on, with one other row.
fn keep_own(owns_queries: bool, own: u32, other: u32, head: u32) -> vec4f {
  if (owns_queries) { return keep_attention(own / 4, other, head); }
  let quad = other / 4;
  let i = other % 4;
  return vec4f(
    keep_attention(quad, own, head)[i],
    keep_attention(quad, own + 1, head)[i],
    keep_attention(quad, own + 2, head)[i],
    keep_attention(quad, own + 3, head)[i],
  );
}

@compute @workgroup_size(QUADS * GROUPS)
fn backward(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let lanes = QUADS * GROUPS;
  let head = workgroup.y;
  let first = cu_seqlens[workgroup.z];
  let rows = cu_seqlens[workgroup.z + 1] - first;
  let keys = key_lens[workgroup.z];
  let owns_queries = workgroup.x < params.query_tiles;
  let first_own = TILE_ROWS * select(workgroup.x - params.query_tiles, workgroup.x, owns_queries);
  // Rows behind the keys are padding: their k and v get a gradient of 0, written below.
  if (first_own >= rows) { return; }
  let own_rows = select(keys, rows, owns_queries);
  let other_rows = select(rows, keys, owns_queries);

  let width = params.heads * QUADS;                       // one row of q, k, v or out
  let q_at = first * 3 * width + head * QUADS;
  let k_at = q_at + width;
  let v_at = k_at + width;
  let out_at = first * width + head * QUADS;
  let group = lane / QUADS;
  let quad = lane % QUADS;

  for (var i = lane; i < TILE_ROWS * QUADS; i += lanes) {
    let row = min(first_own + i / QUADS, rows - 1);
    let d = i % QUADS;
    if (owns_queries) {
      own0[i] = qkv[q_at + row * 3 * width + d] * params.scale;
      own1[i] = d_out[out_at + row * width + d];
    } else {
      own0[i] = qkv[k_at + row * 3 * width + d];
      own1[i] = qkv[v_at + row * 3 * width + d];
    }
  }
  if (owns_queries) {
    for (var i = lane; i < GROUPS; i += lanes) {
      for (var j = 0u; j < 4; j += 1) {
        let row = min(first_own + 4 * i + j, rows - 1);
        own_lse[i][j] = log_sum_exp[(first + row) * params.heads + head];
        own_delta[i][j] = delta(out_at + row * width);
      }
    }
  }

  var x0 = vec4f(); var x1 = vec4f(); var x2 = vec4f(); var x3 = vec4f();   // dq or dk of the 4 rows
  var y0 = vec4f(); var y1 = vec4f(); var y2 = vec4f(); var y3 = vec4f();   // dv

  for (var first_other = 0u; first_other < other_rows; first_other += OTHERS) {
    let count = min(OTHERS, other_rows - first_other);
    for (var i = lane; i < OTHERS * QUADS; i += lanes) {
      let row = first_other + min(i / QUADS, count - 1);
      let d = i % QUADS;
      let to = d * OTHERS + i / QUADS;
      if (owns_queries) {
        other0[to] = qkv[k_at + row * 3 * width + d];
        other1[to] = qkv[v_at + row * 3 * width + d];
      } else {
        other0[to] = qkv[q_at + row * 3 * width + d] * params.scale;
        other1[to] = d_out[out_at + row * width + d];
      }
    }
    if (!owns_queries) {
      for (var i = lane; i < OTHERS; i += lanes) {
        let row = first_other + min(i, count - 1);
        other_lse[i] = log_sum_exp[(first + row) * params.heads + head];
        other_delta[i] = delta(out_at + row * width);
      }
    }
    workgroupBarrier();

    for (var i = lane; i < GROUPS * OTHERS; i += lanes) {
      let other = i % OTHERS;
      let g = i / OTHERS;
      let own = 4 * g * QUADS;
      var s = vec4f();
      var dp = vec4f();
      for (var d = 0u; d < params.quads; d += 1) {
        let o0 = other0[d * OTHERS + other];
        let o1 = other1[d * OTHERS + other];
        s += vec4f(
          dot(own0[own + d], o0),
          dot(own0[own + QUADS + d], o0),
          dot(own0[own + 2 * QUADS + d], o0),
          dot(own0[own + 3 * QUADS + d], o0),
        );
        dp += vec4f(
          dot(own1[own + d], o1),
          dot(own1[own + QUADS + d], o1),
          dot(own1[own + 2 * QUADS + d], o1),
          dot(own1[own + 3 * QUADS + d], o1),
        );
      }
      var lse = own_lse[g];
      var shift = own_delta[g];
      if (!owns_queries) {
        lse = vec4f(other_lse[other]);
        shift = vec4f(other_delta[other]);
      }
      let p = select(vec4f(), exp(s - lse), other < count);
      var keep = vec4f(1.0);
      if (DROPOUT) { keep = keep_own(owns_queries, first_own + 4 * g, first_other + other, workgroup.z * params.heads + head); }
      p_tile[i] = p * keep;
      ds_tile[i] = p * (dp * keep - shift);
    }
    workgroupBarrier();

    for (var other = 0u; other < count; other += 1) {
      let ds = ds_tile[group * OTHERS + other];
      let o0 = other0[quad * OTHERS + other];
      x0 = fma(vec4f(ds.x), o0, x0);
      x1 = fma(vec4f(ds.y), o0, x1);
      x2 = fma(vec4f(ds.z), o0, x2);
      x3 = fma(vec4f(ds.w), o0, x3);
      if (!owns_queries) {
        let p = p_tile[group * OTHERS + other];
        let o1 = other1[quad * OTHERS + other];
        y0 = fma(vec4f(p.x), o1, y0);
        y1 = fma(vec4f(p.y), o1, y1);
        y2 = fma(vec4f(p.z), o1, y2);
        y3 = fma(vec4f(p.w), o1, y3);
      }
    }
    workgroupBarrier();
  }

  // k was not scaled, q was: dq still lacks the factor.
  let factor = select(1.0, params.scale, owns_queries);
  let row = first_own + 4 * group;
  let at = select(k_at, q_at, owns_queries) + row * 3 * width + quad;
  write_row(row, rows, own_rows, at, owns_queries, x0 * factor, y0);
  write_row(row + 1, rows, own_rows, at + 3 * width, owns_queries, x1 * factor, y1);
  write_row(row + 2, rows, own_rows, at + 6 * width, owns_queries, x2 * factor, y2);
  write_row(row + 3, rows, own_rows, at + 9 * width, owns_queries, x3 * factor, y3);
}

fn write_row(row: u32, rows: u32, own_rows: u32, at: u32, owns_queries: bool, x: vec4f, y: vec4f) {
  if (row >= rows) { return; }
  let inside = row < own_rows;
  d_qkv[at] = select(vec4f(), x, inside);
  if (!owns_queries) { d_qkv[at + params.heads * QUADS] = select(vec4f(), y, inside); }
}
