// The gradients of lib/weight_gradients.wgsl as lib/transposed_broadcast.wgsl makes them. The choice of the job lies
// outside the loop: an adapter that runs both sides of a branch finds the other side's loop empty.

@compute @workgroup_size(SUBGROUP)
fn backward(@builtin(workgroup_id) workgroup: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  if (workgroup.z == 0) {
    let job = Job(0, params.row_quads_0, params.column_quads_0, params.tokens, BIAS_0);
    multiply_transposed(job, workgroup, lane, &d_out_0, &x_0);
  } else {
    let job = Job(1, params.row_quads_1, params.column_quads_1, params.tokens, BIAS_1);
    multiply_transposed(job, workgroup, lane, &d_out_1, &x_1);
  }
}
