// forward: y = (x − mean) / √(variance + ε) · γ + β, mean and (biased) variance over a row of H; one workgroup a row.
// x, y: [rows, H]; γ, β: [H]; all as vec4. Where SAVE: statistics = mean and 1 / √(variance + ε), [rows, 2]. The
// variance is that of the centred row: two passes, since E[x²] − E[x]² loses the small differences that a large mean
// hides.
//
// backward, from the saved statistics, x̂ the normalized row, g = dOut · γ:
//   dX = (g − mean(g) − x̂ · mean(g · x̂)) / √(variance + ε)   (+ sum where ADD)
//   partials[group] = Σ dOut · x̂ and Σ dOut over a group of rows, for dγ and dβ: column_sums.wgsl adds the groups
// up. A workgroup takes a group of rows_a_group rows, one after the other; partials: [groups, 2, H] from partials_at.

override SAVE: bool = false;
override ADD: bool = false;
override PARTIALS: bool = false;

struct Params { rows: u32, row_quads: u32, eps: f32, rows_a_group: u32, partials_at: u32 }   // the place in vec4s

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> gamma: array<vec4f>;
@group(0) @binding(3) var<storage, read> beta: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;

@group(0) @binding(5) var<storage, read_write> statistics: array<vec2f>;

@compute @workgroup_size(LANES)
fn forward(workgroup: Workgroup, @builtin(local_invocation_index) lane: u32) {
  let row = row_index(workgroup);
  if (row >= params.rows) { return; }
  let start = row * params.row_quads;
  let inverse_width = 1.0 / f32(4 * params.row_quads);

  var sum = vec4f();
  for (var i = lane; i < params.row_quads; i += LANES) { sum += x[start + i]; }
  let mean = row_sum(sum4(sum), lane) * inverse_width;

  var squares = vec4f();
  for (var i = lane; i < params.row_quads; i += LANES) {
    let centred = x[start + i] - mean;
    squares = fma(centred, centred, squares);
  }
  let variance = row_sum(sum4(squares), lane) * inverse_width;
  let scale = 1.0 / sqrt(variance + params.eps);

  for (var i = lane; i < params.row_quads; i += LANES) {
    y[start + i] = fma((x[start + i] - mean) * scale, gamma[i], beta[i]);
  }
  if (SAVE && lane == 0) { statistics[row] = vec2f(mean, scale); }
}

@group(0) @binding(3) var<storage, read> d_out: array<vec4f>;
@group(0) @binding(4) var<storage, read> sum_so_far: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> d_x: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> partials: array<vec4f>;
@group(0) @binding(7) var<storage, read> saved_statistics: array<vec2f>;

@compute @workgroup_size(LANES)
fn backward(workgroup: Workgroup, @builtin(local_invocation_index) lane: u32) {
  let group = row_index(workgroup);
  let first = group * params.rows_a_group;
  let end = min(first + params.rows_a_group, params.rows);
  let gamma_at = params.partials_at + 2 * group * params.row_quads;
  let beta_at = gamma_at + params.row_quads;
  let inverse_width = 1.0 / f32(4 * params.row_quads);

  for (var row = first; row < end; row += 1) {
    let start = row * params.row_quads;
    let mean = saved_statistics[row].x;
    let scale = saved_statistics[row].y;
    var g_sum = vec4f();
    var gx_sum = vec4f();
    for (var i = lane; i < params.row_quads; i += LANES) {
      let g = d_out[start + i] * gamma[i];
      g_sum += g;
      gx_sum = fma(g, (x[start + i] - mean) * scale, gx_sum);
    }
    let g_mean = row_sum(sum4(g_sum), lane) * inverse_width;
    let gx_mean = row_sum(sum4(gx_sum), lane) * inverse_width;

    for (var i = lane; i < params.row_quads; i += LANES) {
      let d = d_out[start + i];
      let normalized = (x[start + i] - mean) * scale;
      var value = (d * gamma[i] - g_mean - normalized * gx_mean) * scale;
      if (ADD) { value += sum_so_far[start + i]; }
      d_x[start + i] = value;
      if (PARTIALS) {
        // A column belongs to one lane for all rows of the group.
        var d_gamma = d * normalized;
        var d_beta = d;
        if (row > first) {
          d_gamma += partials[gamma_at + i];
          d_beta += partials[beta_at + i];
        }
        partials[gamma_at + i] = d_gamma;
        partials[beta_at + i] = d_beta;
      }
    }
  }
}
