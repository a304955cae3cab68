/**
 * all-MiniLM-L6-v2 in jax-js (`@jax-js/jax`), WebGPU backend.
 *
 * What was chosen, and why (timed side by side on lavapipe at 8 × 32 tokens, driver's CPU time, best of 5):
 * - The whole forward is one `jit`: jax-js then fuses bias, GELU, residual and softmax pieces into its kernels.
 * - Linear weights stay [out, in] and are contracted over their last axis: about 5 % less than [in, out] with `matmul`.
 * - Layer norm is the library's own `nn.standardize` (121 dispatches); written out with a centred second moment it takes
 *   134 and no less time. GELU is `nn.gelu` with `approximate: false`, softmax is `nn.softmax`.
 * - Attention is what `nn.dotProductAttention` does, with its two `einsum` calls given indices instead of a string: the
 *   string form needs iterator helpers, which Node 20 lacks.
 * - Query, key and value as one product and three views: 115 dispatches, the same time within the noise. Not used.
 * - 1 / √d is folded into the query's weights and token type 0 into the position table, as an exporter would.
 * - No attention mask: the batches have rows of equal length.
 *
 * A call is split by `gpuBufferSync()`, which submits all kernels and waits for nothing; `data()` then reads. Arrays are
 * reference-counted and each function consumes its arguments: `.ref` keeps one for later. Each new shape is traced
 * and compiled in its first call.
 */
import { installedVersion } from './gpu.js';
import { encoderLayers, need, positionTable, scale } from './weights.js';

/**
 * @param {GPU} _gpu must also be `navigator.gpu`, which is where the library looks
 * @param {import('./weights.js').BertConfig} config
 * @param {import('./weights.js').Weights} weights
 * @returns {Promise<import('./measure.js').Peer>}
 */
export async function load(_gpu, config, weights) {
  const {
    blockUntilReady,
    defaultDevice,
    getWebGPUDevice,
    init,
    jit,
    nn,
    numpy: np,
    tree,
  } = await import('@jax-js/jax');
  if (!(await init('webgpu')).includes('webgpu')) throw new Error('jax-js found no WebGPU device.');
  defaultDevice('webgpu');
  const { hidden_size: hidden, num_attention_heads: heads, layer_norm_eps: epsilon } = config;
  const headSize = hidden / heads;

  const upload = ({ data, shape }) => np.array(data, { shape, dtype: np.float32 });
  const linearOf = (name) => {
    const factor = name.endsWith('.query') ? 1 / Math.sqrt(headSize) : 1;
    return {
      weight: upload(scale(need(weights, `${name}.weight`), factor)),
      bias: upload(scale(need(weights, `${name}.bias`), factor)),
    };
  };
  const normOf = (name) => ({
    gain: upload(need(weights, `${name}.weight`)),
    bias: upload(need(weights, `${name}.bias`)),
  });
  const parameters = {
    words: upload(need(weights, 'embeddings.word_embeddings.weight')),
    positions: upload(positionTable(weights)),
    norm: normOf('embeddings.LayerNorm'),
    layers: encoderLayers(config, linearOf, normOf),
  };
  await blockUntilReady(parameters);

  const linear = (x, { weight, bias }) => np.einsum(x, [0, 1], weight, [2, 1], [0, 2]).add(bias);
  const layerNorm = (x, { gain, bias }) => nn.standardize(x, -1, { epsilon }).mul(gain).add(bias);

  /** ids [B, S] → [B, hidden]; x is [B·S, hidden]. Index names: b batch, q query, k key, h head, d head size. */
  const forward = jit((model, ids) => {
    const [batch, length] = ids.shape;
    const [b, q, k, h, d] = [0, 1, 2, 3, 4];
    const embedded = np.take(model.words, ids, 0).add(model.positions.slice([0, length]));
    let x = layerNorm(embedded.reshape([batch * length, hidden]), model.norm);
    for (const layer of model.layers) {
      const [query, key, value] = [layer.query, layer.key, layer.value].map((parameter) =>
        linear(x.ref, parameter).reshape([batch, length, heads, headSize]),
      );
      const attention = nn.softmax(np.einsum(query, [b, q, h, d], key, [b, k, h, d], [b, h, q, k]), -1);
      const context = np.einsum(attention, [b, h, q, k], value, [b, k, h, d], [b, q, h, d]);
      const attended = linear(context.reshape([batch * length, hidden]), layer.attentionOutput);
      x = layerNorm(x.add(attended), layer.attentionNorm);
      const inner = nn.gelu(linear(x.ref, layer.up), { approximate: false });
      x = layerNorm(x.add(linear(inner, layer.down)), layer.outputNorm);
    }
    const pooled = np.mean(x.reshape([batch, length, hidden]), 1);
    return pooled.ref.div(np.sqrt(np.sum(np.square(pooled), -1, { keepdims: true })));
  });

  return {
    name: 'jax-js',
    version: installedVersion('@jax-js/jax'),
    encode(ids) {
      const shape = [ids.length, ids[0].length];
      const input = np.array(new Int32Array(ids.flat()), { shape, dtype: np.int32 });
      const output = forward(tree.ref(parameters), input);
      output.ref.gpuBufferSync();
      return { result: async () => /** @type {Float32Array} */ (await output.data()) };
    },
    dispose() {
      tree.dispose(parameters);
      forward.dispose();
      getWebGPUDevice().destroy();
    },
  };
}
