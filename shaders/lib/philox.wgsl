// Counter-based random numbers: Philox4x32 with 10 rounds (Salmon et al. 2011, "Parallel random numbers: as easy as
// 1, 2, 3"). The same counter and key give the same four words, in both passes and in any order.

fn wide_product(a: u32, b: u32) -> vec2u {   // high and low word of a · b
  let a0 = a & 0xffffu;
  let a1 = a >> 16;
  let b0 = b & 0xffffu;
  let b1 = b >> 16;
  let low = a0 * b0;
  let cross0 = a0 * b1;
  let cross1 = a1 * b0;
  let middle = (low >> 16) + (cross0 & 0xffffu) + (cross1 & 0xffffu);
  return vec2u(a1 * b1 + (cross0 >> 16) + (cross1 >> 16) + (middle >> 16), a * b);
}

fn philox(counter: vec4u, seed: vec2u) -> vec4u {
  var c = counter;
  var key = seed;
  for (var round = 0u; round < 10; round += 1) {
    let p0 = wide_product(0xd2511f53u, c.x);
    let p1 = wide_product(0xcd9e8d57u, c.z);
    c = vec4u(p1.x ^ c.y ^ key.x, p1.y, p0.x ^ c.w ^ key.y, p0.y);
    key += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}
