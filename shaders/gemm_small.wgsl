// Matrix product of any sizes, one invocation an element of C: for the few columns of a task head, where the vec4
// kernels do not fit. C = A · op(B) + bias.
// A: [rows, inner]; B: [columns, inner] where TRANSPOSE_B, else [inner, columns]; bias: [columns]; C: [rows, columns].

override TRANSPOSE_B: bool = true;
override BIAS: bool = false;

struct Params { rows: u32, columns: u32, inner: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> c: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn multiply(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = flat_index(id, groups);
  if (i >= params.rows * params.columns) { return; }
  let row = i / params.columns;
  let column = i % params.columns;
  var sum = 0.0;
  for (var k = 0u; k < params.inner; k += 1) {
    let at = select(k * params.columns + column, column * params.inner + k, TRANSPOSE_B);
    sum = fma(a[row * params.inner + k], b[at], sum);
  }
  if (BIAS) { sum += bias[column]; }
  c[i] = sum;
}
