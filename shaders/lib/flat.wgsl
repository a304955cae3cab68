// Position in one long list of invocations, for lists too long for one dimension of workgroups.

override WORKGROUP: u32 = 64;

fn flat_index(id: vec3u, workgroups: vec3u) -> u32 {
  return id.y * workgroups.x * WORKGROUP + id.x;
}
