/**
 * all-MiniLM-L6-v2 in TensorFlow.js (`@tensorflow/tfjs-core` with `@tensorflow/tfjs-backend-webgpu`).
 *
 * What was chosen, and why (timed side by side on lavapipe at 8 × 32 tokens, driver's CPU time, best of 4 or 5):
 * - Linear layers are `fused.matMul` with the bias; weights are transposed to [in, out] once: with `transposeB` the
 *   forward costs 1.5 times as much.
 * - Layer norm is `batchNorm` with mean and variance per row, gain and bias per column: one kernel for what takes five
 *   when written out (181 dispatches instead of 246). Means by a product with a column of ones are slower.
 * - GELU with erf is no fusable activation here: five elementwise kernels. Folding its constants into the
 *   weights saves two of them and no measurable time. Not used.
 * - Softmax is the backend's one kernel; attention is two 3-D `matMul` over batch × heads.
 * - Query, key and value as one product and `unstack`: 175 dispatches, not faster. Not used.
 * - Flags stay as they are: the small-output product (WEBGPU_MATMUL_PROGRAM_TYPE = 2) takes several times as long, and
 *   one submit instead of one for each 15 dispatches changes nothing.
 * - 1 / √d is folded into the query's weights and token type 0 into the position table, as an exporter would.
 * - No attention mask: the batches have rows of equal length.
 *
 * A call is split by `dataToGPU()`: its copy of the result (a few kilobytes) submits what is still queued and waits
 * for nothing; `data()` then reads. The backend registers itself at import if `navigator.gpu` is there, so it
 * is imported late. Node gets the CommonJS build, which has no chained methods (`x.reshape(…)`).
 */
import { installedVersion } from './gpu.js';
import { encoderLayers, need, positionTable, scale, transpose } from './weights.js';

/**
 * @param {GPU} _gpu must also be `navigator.gpu`, which is where the library looks
 * @param {import('./weights.js').BertConfig} config
 * @param {import('./weights.js').Weights} weights
 * @returns {Promise<import('./measure.js').Peer>}
 */
export async function load(_gpu, config, weights) {
  const tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-backend-webgpu');
  if (!(await tf.setBackend('webgpu'))) throw new Error('TensorFlow.js found no WebGPU device.');
  const { hidden_size: hidden, num_attention_heads: heads, layer_norm_eps: epsilon } = config;
  const headSize = hidden / heads;

  const upload = ({ data, shape }) => tf.tensor(data, shape, 'float32');
  const linearOf = (name) => {
    const factor = name.endsWith('.query') ? 1 / Math.sqrt(headSize) : 1;
    return {
      weight: upload(transpose(scale(need(weights, `${name}.weight`), factor))),
      bias: upload(scale(need(weights, `${name}.bias`), factor)),
    };
  };
  const rowOf = (name) => upload({ ...need(weights, name), shape: [1, hidden] });
  const normOf = (name) => ({ gain: rowOf(`${name}.weight`), bias: rowOf(`${name}.bias`) });
  const words = upload(need(weights, 'embeddings.word_embeddings.weight'));
  const positions = upload(positionTable(weights));
  const norm = normOf('embeddings.LayerNorm');
  const layers = encoderLayers(config, linearOf, normOf);

  const linear = (x, { weight, bias }) => tf.fused.matMul({ a: x, b: weight, bias });
  const layerNorm = (x, { gain, bias }) => {
    const mean = tf.mean(x, -1, true);
    const variance = tf.mean(tf.squaredDifference(x, mean), -1, true);
    return tf.batchNorm(x, mean, variance, bias, gain, epsilon);
  };
  const gelu = (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));

  /** ids [B][S] → [B, hidden]; x is [B·S, hidden] */
  const forward = (ids) => {
    const [batch, length] = [ids.length, ids[0].length];
    const toHeads = (x) => {
      const swapped = tf.transpose(tf.reshape(x, [batch, length, heads, headSize]), [0, 2, 1, 3]);
      return tf.reshape(swapped, [batch * heads, length, headSize]);
    };
    const fromHeads = (x) => {
      const swapped = tf.transpose(tf.reshape(x, [batch, heads, length, headSize]), [0, 2, 1, 3]);
      return tf.reshape(swapped, [batch * length, hidden]);
    };
    const gathered = tf.gather(words, tf.tensor2d(ids, undefined, 'int32'));
    const embedded = tf.add(gathered, tf.slice(positions, [0, 0], [length, hidden]));
    let x = layerNorm(tf.reshape(embedded, [batch * length, hidden]), norm);
    for (const layer of layers) {
      const [query, key, value] = [layer.query, layer.key, layer.value].map((p) => toHeads(linear(x, p)));
      const attention = tf.softmax(tf.matMul(query, key, false, true));
      const attended = linear(fromHeads(tf.matMul(attention, value)), layer.attentionOutput);
      x = layerNorm(tf.add(x, attended), layer.attentionNorm);
      x = layerNorm(tf.add(x, linear(gelu(linear(x, layer.up)), layer.down)), layer.outputNorm);
    }
    const pooled = tf.mean(tf.reshape(x, [batch, length, hidden]), 1);
    return tf.div(pooled, tf.sqrt(tf.sum(tf.square(pooled), -1, true)));
  };

  return {
    name: 'TensorFlow.js WebGPU',
    version: installedVersion('@tensorflow/tfjs-backend-webgpu'),
    encode(ids) {
      const output = tf.tidy(() => forward(ids));
      output.dataToGPU().tensorRef.dispose();
      const result = async () => {
        const data = /** @type {Float32Array} */ (await output.data());
        output.dispose();
        return data;
      };
      return { result };
    },
    dispose() {
      const { device } = /** @type {{ device: GPUDevice }} */ (/** @type {unknown} */ (tf.backend()));
      tf.removeBackend('webgpu');
      device.destroy();
    },
  };
}
