// Parameters and inputs of every attention kernel. qkv: [T, 3, A, D], as vec4; sequence b has rows cu_seqlens[b] to
// cu_seqlens[b + 1], of which the first key_lens[b] are keys.

struct Params {
  heads: u32,
  quads: u32,         // D / 4; no constant: a compiler unrolls loops whose count it knows, which takes seconds
  scale: f32,         // 1/√D
  query_tiles: u32,   // workgroups in x that own queries; the backward pass has as many again that own keys
  drop_below: u32,
  drop_seed: u32,
  drop_stream: u32,
  drop_first: u32,
  keep_scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(2) var<storage, read> cu_seqlens: array<u32>;
@group(0) @binding(3) var<storage, read> key_lens: array<u32>;
