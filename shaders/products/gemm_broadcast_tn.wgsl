// The product of lib/gemm.wgsl with TRANSPOSE_A, as lib/transposed_broadcast.wgsl makes it.

@compute @workgroup_size(SUBGROUP)
fn multiply(@builtin(workgroup_id) workgroup: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let job = Job(0, params.rows / 4, params.column_quads, params.inner, BIAS_GRADIENT);
  multiply_transposed(job, workgroup, lane, &a, &b);
}

fn write(job: u32, row: u32, column: u32, sum: vec4f) { finish(row, column, sum); }

fn write_bias(job: u32, row_quad: u32, sum: vec4f) { finish_bias(row_quad, sum); }
