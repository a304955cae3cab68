// The gradients of lib/weight_gradients.wgsl by the tile of lib/tile.wgsl, for GPUs.

@compute @workgroup_size(64)
fn backward(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let quads = quads_of(workgroup.z);
  if (TILE_ROWS / 4 * workgroup.y >= quads.x || TILE_QUADS * workgroup.x >= quads.y) { return; }
  multiply_tile(workgroup, lane, params.tokens, true);
}

fn stage(workgroup: vec3u, k: u32, lane: u32) {
  let quads = quads_of(workgroup.z);
  for (var i = lane; i < 256; i += 64) {
    let token = k + i / 16;
    let row = min(TILE_ROWS / 4 * workgroup.y + i % 16, quads.x - 1);
    let column = min(TILE_QUADS * workgroup.x + i % 16, quads.y - 1);
    var a = vec4f();
    var b = vec4f();
    if (token < params.tokens) {
      if (workgroup.z == 0) {
        a = d_out_0[token * quads.x + row];
        b = x_0[token * quads.y + column];
      } else {
        a = d_out_1[token * quads.x + row];
        b = x_1[token * quads.y + column];
      }
    }
    a_tile[i] = a;
    b_tile[i] = b;
  }
}
