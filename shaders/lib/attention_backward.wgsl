// Further bindings of attention's backward kernels. out, d_out: [T, A, D]; log_sum_exp: [T, A]; d_qkv: [T, 3, A, D].

@group(0) @binding(4) var<storage, read> out: array<vec4f>;
@group(0) @binding(5) var<storage, read> log_sum_exp: array<f32>;
@group(0) @binding(6) var<storage, read> d_out: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> d_qkv: array<vec4f>;

// dOut·out of a row; `at` is the head's first vec4 in it.
fn delta(at: u32) -> f32 {
  var sum = 0.0;
  for (var d = 0u; d < params.quads; d += 1) { sum += dot(d_out[at + d], out[at + d]); }
  return sum;
}
