// Dropout whose mask is computed where it is needed and never stored: a number is kept if its random word is at least
// drop_below = p · 2³², and then multiplied by keep_scale = 1 / (1 − p). A use of dropout has a stream of its own.
// A tensor may be a part of a larger one, whose masks do not depend on how it is cut: drop_first numbers come before
// the part, counted in vec4s, or in heads of sequences for attention.
// The shader's Params hold drop_below, drop_seed, drop_stream, drop_first and keep_scale.

override DROPOUT: bool = false;

fn keep_factors(counter: vec4u) -> vec4f {
  let words = philox(counter, vec2u(params.drop_seed, params.drop_stream));
  return select(vec4f(), vec4f(params.keep_scale), words >= vec4u(params.drop_below));
}

// The mask of the vec4 number `at` of a tensor.
fn keep_at(at: u32) -> vec4f {
  return keep_factors(vec4u(params.drop_first + at, 0, 0, 0));
}

// The mask of the attention of four queries, the quad-th four of their sequence, to one key, in one head.
fn keep_attention(quad: u32, key: u32, head: u32) -> vec4f {
  return keep_factors(vec4u(quad, key, params.drop_first + head, 1));
}
