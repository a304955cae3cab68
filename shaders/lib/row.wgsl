// One workgroup a row: sums and maxima over the lanes, the same in every lane afterwards.
// A software adapter runs a workgroup of one subgroup, a GPU one of 64 or more: LANES is a power of two.

override LANES: u32 = 64;

var<workgroup> lane_values: array<f32, LANES>;

fn row_sum(value: f32, lane: u32) -> f32 {
  workgroupBarrier();
  lane_values[lane] = value;
  workgroupBarrier();
  for (var half = LANES / 2; half > 0; half /= 2) {
    if (lane < half) { lane_values[lane] += lane_values[lane + half]; }
    workgroupBarrier();
  }
  return lane_values[0];
}

fn row_max(value: f32, lane: u32) -> f32 {
  workgroupBarrier();
  lane_values[lane] = value;
  workgroupBarrier();
  for (var half = LANES / 2; half > 0; half /= 2) {
    if (lane < half) { lane_values[lane] = max(lane_values[lane], lane_values[lane + half]); }
    workgroupBarrier();
  }
  return lane_values[0];
}

// The row of a workgroup, for more rows than one dimension of workgroups has.
fn row_index(workgroup: vec3u, workgroups: vec3u) -> u32 {
  return workgroup.y * workgroups.x + workgroup.x;
}

fn sum4(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }
