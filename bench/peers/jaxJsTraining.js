/**
 * A step of training in jax-js (`@jax-js/jax`), WebGPU backend: all of all-MiniLM-L6-v2 and two heads, by Adam.
 *
 * What was chosen, and why (lavapipe, 8 × 32 tokens, the process's CPU time):
 * - Loss, gradients (`valueAndGrad`) and update are one `jit`, with the forward of jaxJs.js in it. Nothing is folded into the
 *   weights here: Adam's update of a folded weight would be another one.
 * - The optimizer is written out, since the library's own package for it (`@jax-js/optax`) is not on npm; inside the `jit` it
 *   fuses into few kernels. PyTorch's epsilon: added to the corrected root.
 * - Matrix products take more than four fifths of the step, in kernels of the same kind forward and backward.
 * - Linear weights as [in, out] with `matmul`: 6.4 s instead of 6.0 s of CPU (a run each): not faster. Not used. A product and its two
 *   gradients read the weight both ways, so one of them is always the slower one.
 * - The word embeddings' gradient is `take`'s own (a scatter-add), dense as the table is; so are its two moments.
 *   With the table cut by hand to the rows in use: the same time within the noise, a peak of 0.58 GB instead of 0.91.
 *   Not used: it is the caller's work, and the vocabulary is then another one.
 *
 * The first step of a shape compiles 127 pipelines: about two minutes on lavapipe, unless the driver has kept them from
 * an earlier run (Mesa's shader cache), then seconds. A step is split by `gpuBufferSync()`, as in jaxJs.js.
 */
import { installedVersion } from './gpu.js';
import { patientSteps } from './measureTraining.js';
import { optimizer } from './trainingInputs.js';
import { encoderLayers, need } from './weights.js';

/**
 * @param {GPU} _gpu must also be `navigator.gpu`, which is where the library looks
 * @param {import('../tabgradTraining.js').Task} task
 * @returns {Promise<import('./measureTraining.js').TrainingPeer>}
 */
export async function loadTraining(_gpu, { config, weights, heads, batch }) {
  const jax = await import('@jax-js/jax');
  const {
    blockUntilReady,
    defaultDevice,
    getWebGPUDevice,
    init,
    jit,
    nn,
    numpy: np,
    tree,
    valueAndGrad,
  } = jax;
  if (!(await init('webgpu')).includes('webgpu')) throw new Error('jax-js found no WebGPU device.');
  defaultDevice('webgpu');
  const { hidden_size: hidden, num_attention_heads: headCount, layer_norm_eps: epsilon } = config;
  const headSize = hidden / headCount;

  const upload = ({ data, shape }) => np.array(data, { shape, dtype: np.float32 });
  const linearOf = (name) => ({
    weight: upload(need(weights, `${name}.weight`)),
    bias: upload(need(weights, `${name}.bias`)),
  });
  const normOf = (name) => ({
    gain: upload(need(weights, `${name}.weight`)),
    bias: upload(need(weights, `${name}.bias`)),
  });
  let parameters = {
    words: upload(need(weights, 'embeddings.word_embeddings.weight')),
    positions: upload(need(weights, 'embeddings.position_embeddings.weight')),
    types: upload(need(weights, 'embeddings.token_type_embeddings.weight')),
    norm: normOf('embeddings.LayerNorm'),
    layers: encoderLayers(config, linearOf, normOf),
    heads: heads.map(({ classes, weight, bias }) => ({
      weight: upload({ data: weight, shape: [classes, hidden] }),
      bias: upload({ data: bias, shape: [classes] }),
    })),
  };
  const zeros = () => tree.map((x) => np.zerosLike(x), tree.ref(parameters));
  let moments = { m: zeros(), v: zeros() };
  const [count, length] = [batch.ids.length, batch.ids[0].length];
  const ids = np.array(new Int32Array(batch.ids.flat()), { shape: [count, length], dtype: np.int32 });
  // [B, C] each: 1 at the label.
  const targets = heads.map(({ name, classes }) => {
    const data = new Float32Array(count * classes);
    for (const [row, label] of batch.labels[name].entries()) data[row * classes + label] = 1;
    return upload({ data, shape: [count, classes] });
  });
  await blockUntilReady([parameters, moments, ids, targets]);

  const linear = (x, { weight, bias }) => np.einsum(x, [0, 1], weight, [2, 1], [0, 2]).add(bias);
  const layerNorm = (x, { gain, bias }) => nn.standardize(x, -1, { epsilon }).mul(gain).add(bias);

  /** Index names: b batch, q query, k key, h head, d head size; x is [B·S, hidden]. */
  const lossOf = (model, ids, targets) => {
    const [b, q, k, h, d] = [0, 1, 2, 3, 4];
    const embedded = np
      .take(model.words, ids, 0)
      .add(model.positions.slice([0, length]))
      .add(model.types.slice([0, 1]));
    let x = layerNorm(embedded.reshape([count * length, hidden]), model.norm);
    for (const layer of model.layers) {
      const [query, key, value] = [layer.query, layer.key, layer.value].map((parameter) =>
        linear(x.ref, parameter).reshape([count, length, headCount, headSize]),
      );
      const scores = np.einsum(query, [b, q, h, d], key, [b, k, h, d], [b, h, q, k]);
      const attention = nn.softmax(scores.mul(1 / Math.sqrt(headSize)), -1);
      const context = np.einsum(attention, [b, h, q, k], value, [b, k, h, d], [b, q, h, d]);
      const attended = linear(context.reshape([count * length, hidden]), layer.attentionOutput);
      x = layerNorm(x.add(attended), layer.attentionNorm);
      const inner = nn.gelu(linear(x.ref, layer.up), { approximate: false });
      x = layerNorm(x.add(linear(inner, layer.down)), layer.outputNorm);
    }
    const first = x.reshape([count, length, hidden]).slice([], 0);
    const losses = model.heads.map((head, i) =>
      np.sum(nn.logSoftmax(linear(first.ref, head), -1).mul(targets[i])).mul(-1 / count),
    );
    first.dispose();
    return losses.reduce((sum, loss) => sum.add(loss));
  };

  const { learningRate, beta1, beta2, epsilon: eps } = optimizer;
  /** The update as PyTorch writes it: corrections of the step number are in `rate` and `root`. */
  const step = jit((model, { m, v }, { rate, root }, ids, targets) => {
    const [loss, gradient] = valueAndGrad(lossOf)(tree.ref(model), ids, targets);
    const newM = tree.map((a, g) => a.mul(beta1).add(g.mul(1 - beta1)), m, tree.ref(gradient));
    const newV = tree.map((a, g) => a.mul(beta2).add(np.square(g).mul(1 - beta2)), v, gradient);
    const updated = tree.map(
      (p, a, c) => p.sub(a.mul(rate.ref).div(np.sqrt(c).div(root.ref).add(eps))),
      model,
      tree.ref(newM),
      tree.ref(newV),
    );
    return { loss, model: updated, moments: { m: newM, v: newV } };
  });

  let taken = 0;
  const start = () => {
    taken += 1;
    const corrections = {
      rate: np.array(new Float32Array([learningRate / (1 - beta1 ** taken)]), { shape: [] }),
      root: np.array(new Float32Array([Math.sqrt(1 - beta2 ** taken)]), { shape: [] }),
    };
    const next = step(parameters, moments, corrections, ids.ref, tree.ref(targets));
    parameters = next.model;
    moments = next.moments;
    next.loss.ref.gpuBufferSync();
    return { result: async () => (await next.loss.data())[0] };
  };

  return {
    name: 'jax-js',
    version: installedVersion('@jax-js/jax'),
    steps: (wanted) => patientSteps(wanted, start),
    dispose() {
      tree.dispose([parameters, moments, ids, targets]);
      step.dispose();
      getWebGPUDevice().destroy();
    },
  };
}
