// Adam and AdamW over many parameters at once, in the order of PyTorch's formulas:
//   p ← p · keep                           AdamW: keep = 1 − rate · decay, else 1
//   g ← c · g + decay · p                  Adam: its decay is part of the gradient, else 0; c clips
//   m ← m + (1 − β₁)(g − m)
//   v ← β₂ v + (1 − β₂) g²
//   p ← p − step · m / (√v / root + ε)     step = rate / (1 − β₁ᵗ), root = √(1 − β₂ᵗ)
// A part is (start in the parameter's buffer, start in the arena, floats, which parameter), one workgroup each;
// gradient and moments lie at the same place of their arenas. `update` takes parts that start at whole vec4s,
// `update_floats` any. Nothing is done once a gradient was not finite.

struct Params { parts: u32, one_minus_beta1: f32, beta2: f32, one_minus_beta2: f32, eps: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> parts: array<vec4u>;
@group(0) @binding(2) var<storage, read> steps: array<vec4f>;   // by parameter: step, keep, decay, root (0: no step)
@group(0) @binding(3) var<storage, read> status: array<f32>;      // norm, c, finite, halted

@group(0) @binding(4) var<storage, read_write> parameter: array<vec4f>;
@group(0) @binding(5) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> v: array<vec4f>;

struct Moments { p: vec4f, m: vec4f, v: vec4f }

fn adam(old: Moments, raw: vec4f, step: vec4f, clip: f32) -> Moments {
  let p = old.p * step.y;
  let g = raw * clip + step.z * p;
  let m = old.m + params.one_minus_beta1 * (g - old.m);
  let v = old.v * params.beta2 + params.one_minus_beta2 * g * g;
  let denominator = sqrt(v) / step.w + params.eps;
  return Moments(p - step.x * m / denominator, m, v);
}

@compute @workgroup_size(LANES)
fn update(workgroup: Workgroup, @builtin(local_invocation_index) lane: u32) {
  if (status[3] != 0.0) { return; }
  let clip = status[1];
  for (var k = workgroup.id.x; k < params.parts; k += workgroup.count.x) {
    let part = parts[k];
    let step = steps[part.w];
    if (step.w == 0.0) { continue; }
    for (var at = 4 * lane; at < part.z; at += 4 * LANES) {
      let i = (part.x + at) / 4;
      let j = (part.y + at) / 4;
      // The last vec4 may reach into the next parameter, whose numbers keep their value here.
      let mine = vec4u(at, at + 1, at + 2, at + 3) < vec4u(part.z);
      let old = Moments(parameter[i], m[j], v[j]);
      let next = adam(old, gradient[j], step, clip);
      parameter[i] = select(old.p, next.p, mine);
      m[j] = select(old.m, next.m, mine);
      v[j] = select(old.v, next.v, mine);
    }
  }
}

@group(0) @binding(4) var<storage, read_write> parameter_floats: array<f32>;
@group(0) @binding(5) var<storage, read> gradient_floats: array<f32>;
@group(0) @binding(6) var<storage, read_write> m_floats: array<f32>;
@group(0) @binding(7) var<storage, read_write> v_floats: array<f32>;

@compute @workgroup_size(LANES)
fn update_floats(workgroup: Workgroup, @builtin(local_invocation_index) lane: u32) {
  if (status[3] != 0.0) { return; }
  let clip = status[1];
  for (var k = workgroup.id.x; k < params.parts; k += workgroup.count.x) {
    let part = parts[k];
    let step = steps[part.w];
    if (step.w == 0.0) { continue; }
    for (var at = lane; at < part.z; at += LANES) {
      let i = part.x + at;
      let j = part.y + at;
      let old = Moments(vec4f(parameter_floats[i]), vec4f(m_floats[j]), vec4f(v_floats[j]));
      let next = adam(old, vec4f(gradient_floats[j]), step, clip);
      parameter_floats[i] = next.p.x;
      m_floats[j] = next.m.x;
      v_floats[j] = next.v.x;
    }
  }
}
