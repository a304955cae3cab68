// Gradients of per-column parameters from the partial sums that row kernels left: for every job
//   gradients[gamma_at…] (+)= Σ over groups of partials[job, group, 0],  gradients[beta_at…] (+)= … [job, group, 1].
// partials: [jobs, groups, 2, H]; gradients: one block of the gradient arena; all as vec4. One invocation a column.

// Places are counted in vec4s. flags: 1 γ trains, 2 β trains, 4 add to γ's gradient, 8 add to β's.
struct Job { gamma_at: u32, beta_at: u32, flags: u32 }

struct Params { jobs: u32, groups: u32, row_quads: u32 }   // row_quads: vec4s of a row

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> jobs: array<Job>;
@group(0) @binding(2) var<storage, read> partials: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> gradients: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let i = flat_index(id, workgroups);
  let columns = 2 * params.row_quads;
  let j = i / columns;
  if (j >= params.jobs) { return; }
  let column = i % columns;
  let job = jobs[j];
  let is_beta = column >= params.row_quads;
  let flags = select(job.flags, job.flags / 2, is_beta);
  if ((flags & 1) == 0) { return; }
  var sum = vec4f();
  for (var group = 0u; group < params.groups; group += 1) {
    sum += partials[(j * params.groups + group) * columns + column];
  }
  let at = select(job.gamma_at + column, job.beta_at + column - params.row_quads, is_beta);
  if ((flags & 4) != 0) { sum += gradients[at]; }
  gradients[at] = sum;
}
