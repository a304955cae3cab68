// Position in one long list of invocations, for lists too long for one dimension of workgroups.

override WORKGROUP: u32 = 64;

fn flat_index(id: vec3u, groups: vec3u) -> u32 {
  return id.y * groups.x * WORKGROUP + id.x;
}
