// losses = scale · (log Σ exp(x) − x[label]) for each row, and its gradient dX = scale · (softmax(x) −
// onehot(label)). A row whose label is NONE has loss 0 and gradient 0. With scale = weight / labelled rows, the
// losses add up to the weighted mean. x, dX: [rows, classes]; labels, losses: [rows]. One invocation a row: classes
// are few.

const NONE = 0xffffffffu;

struct Params { rows: u32, classes: u32, scale: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read_write> losses: array<f32>;
@group(0) @binding(4) var<storage, read_write> d_x: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let row = flat_index(id, workgroups);
  if (row >= params.rows) { return; }
  let start = row * params.classes;
  let label = labels[row];
  let scale = select(params.scale, 0.0, label == NONE);

  var highest = x[start];
  for (var c = 1u; c < params.classes; c += 1) { highest = max(highest, x[start + c]); }
  var sum = 0.0;
  for (var c = 0u; c < params.classes; c += 1) { sum += exp(x[start + c] - highest); }
  for (var c = 0u; c < params.classes; c += 1) {
    let probability = exp(x[start + c] - highest) / sum;
    d_x[start + c] = scale * (probability - select(0.0, 1.0, c == label));
  }
  if (label == NONE) {
    losses[row] = 0.0;
  } else {
    losses[row] = scale * (log(sum) + highest - x[start + label]);
  }
}
