// Constants and outputs of attention's forward kernels.

override SAVE: bool = false;   // keep the log-sum-exp of each query's scores, which the backward pass starts from

@group(0) @binding(4) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> log_sum_exp: array<f32>;   // [T, A]

const LOWEST = -3.0e38;        // exp(LOWEST − anything) is 0, and LOWEST − LOWEST is not NaN
