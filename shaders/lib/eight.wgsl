// Eight vec4s shared by a subgroup, which is a workgroup of software adapters: each lane loads one of them, or two where
// the subgroup has 4 lanes, and gets all of them by shuffle.

enable subgroups;

override SUBGROUP: u32 = 8;   // lanes: 4, or 8 and more

// The i-th of the eight. A lane holds one in x0 and, with 4 lanes, another in x1.
fn of8(x0: vec4f, x1: vec4f, i: u32) -> vec4f {
  if (i < 4 || SUBGROUP >= 8) { return subgroupShuffle(x0, i % SUBGROUP); }
  return subgroupShuffle(x1, i % SUBGROUP);
}

// sum + Σ wᵢ · the i-th of the eight.
fn add_weighted(sum: vec4f, w0: vec4f, w1: vec4f, x0: vec4f, x1: vec4f) -> vec4f {
  return sum
    + (w0.x * of8(x0, x1, 0) + w0.y * of8(x0, x1, 1) + w0.z * of8(x0, x1, 2) + w0.w * of8(x0, x1, 3))
    + (w1.x * of8(x0, x1, 4) + w1.y * of8(x0, x1, 5) + w1.z * of8(x0, x1, 6) + w1.w * of8(x0, x1, 7));
}

// Dot products of y with four of the eight, from the i-th on.
fn dots(y: vec4f, x0: vec4f, x1: vec4f, i: u32) -> vec4f {
  return vec4f(
    dot(y, of8(x0, x1, i)),
    dot(y, of8(x0, x1, i + 1)),
    dot(y, of8(x0, x1, i + 2)),
    dot(y, of8(x0, x1, i + 3)),
  );
}
