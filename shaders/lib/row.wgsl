// One workgroup a row: sums and maxima over the lanes, the same in every lane afterwards.
// A software adapter runs a workgroup of one subgroup, a GPU one of 64 or more: LANES is a power of two.

override LANES: u32 = 64;

var<workgroup> lane_values: array<f32, LANES>;

fn row_sum(value: f32, lane: u32) -> f32 { return over_lanes(value, lane, false); }

fn row_max(value: f32, lane: u32) -> f32 { return over_lanes(value, lane, true); }

fn over_lanes(value: f32, lane: u32, is_max: bool) -> f32 {
  workgroupBarrier();
  lane_values[lane] = value;
  workgroupBarrier();
  for (var half = LANES / 2; half > 0; half /= 2) {
    if (lane < half) {
      let other = lane_values[lane + half];
      if (is_max) { lane_values[lane] = max(lane_values[lane], other); } else { lane_values[lane] += other; }
    }
    workgroupBarrier();
  }
  return lane_values[0];
}

struct Workgroup { @builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u }

// The row of a workgroup, for more rows than one dimension of workgroups has.
fn row_index(workgroup: Workgroup) -> u32 {
  return workgroup.id.y * workgroup.count.x + workgroup.id.x;
}

fn sum4(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }
