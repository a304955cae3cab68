// Matrix product of any sizes, one invocation a number, for the few columns of a task head, where the vec4 kernels do
// not fit. C = op(A) · op(B) + bias + residual, and the gradient of a bias, as in lib/gemm.wgsl.

override TRANSPOSE_A: bool = false;
override TRANSPOSE_B: bool = false;
override BIAS: bool = false;
override RESIDUAL: bool = false;
override ACCUMULATE: bool = false;
override BIAS_GRADIENT: bool = false;

struct Params { rows: u32, columns: u32, inner: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> operand: array<f32>;
@group(0) @binding(5) var<storage, read_write> c: array<f32>;
@group(0) @binding(7) var<storage, read_write> bias_gradient: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn multiply(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flat_index(id, workgroups);
  let numbers = params.rows * params.columns;
  if (i >= numbers) {
    let row = i - numbers;
    if (BIAS_GRADIENT && row < params.rows) {
      var sum = 0.0;
      for (var k = 0u; k < params.inner; k += 1) { sum += a[k * params.rows + row]; }
      if (ACCUMULATE) { sum += bias_gradient[row]; }
      bias_gradient[row] = sum;
    }
    return;
  }
  let row = i / params.columns;
  let column = i % params.columns;
  var sum = 0.0;
  for (var k = 0u; k < params.inner; k += 1) {
    let a_at = select(row * params.inner + k, k * params.rows + row, TRANSPOSE_A);
    let b_at = select(k * params.columns + column, column * params.inner + k, TRANSPOSE_B);
    sum = fma(a[a_at], b[b_at], sum);
  }
  if (BIAS) { sum += bias[column]; }
  if (RESIDUAL) { sum += operand[i]; }
  if (ACCUMULATE) { sum += c[i]; }
  c[i] = sum;
}
