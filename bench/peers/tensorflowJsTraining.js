/**
 * A step of training in TensorFlow.js (`@tensorflow/tfjs-core` with `@tensorflow/tfjs-backend-webgpu`): all of
 * all-MiniLM-L6-v2 and two heads, by Adam.
 *
 * What was chosen, and why (timed on lavapipe at 8 × 32 tokens, with the adapter's timestamps):
 * - The forward is that of tensorflowJs.js; nothing is folded into the weights, since Adam's update of a folded weight would
 *   be another one.
 * - Linear layers have a gradient of their own, which transposes the weight before the product for dX: the library's
 *   (`transposeB`) takes 1.55 times as long for that product.
 * - Layer norm has one too: the library's gradient of `batchNorm` throws where mean and variance are per row. So has GELU: with
 *   the normal distribution function kept it is 7 kernels.
 * - The word embeddings' gradient is one `scatterND`; the library's own adds into a transposed table and turns it back,
 *   0.25 s. It is dense as the table is, and so are its two moments. With the linear layers' this made 6.2 s of 7.0 s (a run each).
 * - The optimizer is the library's `train.adam`. With its epsilon at 1e-8 it is PyTorch's formula (epsilon added to the
 *   corrected root): 14 kernels a parameter, 0.4 s for the word embeddings.
 * - Its temporaries for all parameters live until the update ends, hence the peak of memory. Written out with scaled moments,
 *   one parameter after the other, it is 10 kernels and a peak of 1.33 GB instead of 1.77, and no faster within the
 *   noise. Not used.
 * - With the table of word embeddings cut by hand to the rows in use: 7.9 s of CPU, where runs without it took 8.1 to
 *   9.4, and 0.93 GB. Not used: it is the caller's work, and the vocabulary is then another one.
 *
 * Node gets a build without gradients: see tensorflowJsGradients.js. A step is split by `dataToGPU()`, as in
 * tensorflowJs.js.
 */
import { installedVersion } from './gpu.js';
import { patientSteps } from './measureTraining.js';
import { registerGradients } from './tensorflowJsGradients.js';
import { optimizer } from './trainingInputs.js';
import { encoderLayers, need, transpose } from './weights.js';

/**
 * @param {GPU} _gpu must also be `navigator.gpu`, which is where the library looks
 * @param {import('../tabgradTraining.js').Task} task
 * @returns {Promise<import('./measureTraining.js').TrainingPeer>}
 */
export async function loadTraining(_gpu, { config, weights, heads, batch }) {
  const tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-backend-webgpu');
  await registerGradients();
  if (!(await tf.setBackend('webgpu'))) throw new Error('TensorFlow.js found no WebGPU device.');
  const { hidden_size: hidden, num_attention_heads: headCount, layer_norm_eps: epsilon } = config;
  const headSize = hidden / headCount;

  const variable = ({ data, shape }) => tf.variable(tf.tensor(data, shape, 'float32'));
  const linearOf = (name) => ({
    weight: variable(transpose(need(weights, `${name}.weight`))),
    bias: variable(need(weights, `${name}.bias`)),
  });
  const rowOf = (name) => variable({ ...need(weights, name), shape: [1, hidden] });
  const normOf = (name) => ({ gain: rowOf(`${name}.weight`), bias: rowOf(`${name}.bias`) });
  const words = variable(need(weights, 'embeddings.word_embeddings.weight'));
  const positions = variable(need(weights, 'embeddings.position_embeddings.weight'));
  const types = variable(need(weights, 'embeddings.token_type_embeddings.weight'));
  const norm = normOf('embeddings.LayerNorm');
  const layers = encoderLayers(config, linearOf, normOf);
  const classifiers = heads.map(({ classes, weight, bias }) => ({
    weight: variable(transpose({ data: weight, shape: [classes, hidden] })),
    bias: variable({ data: bias, shape: [classes] }),
  }));

  const [count, length] = [batch.ids.length, batch.ids[0].length];
  const ids = tf.tensor1d(batch.ids.flat(), 'int32');
  const targets = heads.map(({ name, classes }) =>
    tf.oneHot(tf.tensor1d(batch.labels[name], 'int32'), classes),
  );

  const linearOp = tf.customGrad((x, weight, bias, save) => {
    save([x, weight]);
    const gradFunc = (dy, [x, weight]) => [
      tf.matMul(dy, tf.transpose(weight)),
      tf.matMul(x, dy, true),
      tf.sum(dy, 0),
    ];
    return { value: tf.fused.matMul({ a: x, b: weight, bias }), gradFunc };
  });
  const linear = (x, { weight, bias }) => linearOp(x, weight, bias);

  const embed = tf.customGrad((table) => {
    const gradFunc = (dy) => tf.scatterND(tf.reshape(ids, [-1, 1]), dy, words.shape);
    return { value: tf.gather(table, ids), gradFunc };
  });

  const layerNormOp = tf.customGrad((x, gain, bias, save) => {
    const mean = tf.mean(x, -1, true);
    const variance = tf.mean(tf.squaredDifference(x, mean), -1, true);
    const value = tf.batchNorm(x, mean, variance, bias, gain, epsilon);
    save([x, mean, variance, gain]);
    const gradFunc = (dy, [x, mean, variance, gain]) => {
      const normed = tf.batchNorm(x, mean, variance, undefined, undefined, epsilon);
      const product = tf.mul(dy, normed);
      const scaled = tf.mul(dy, gain);
      const along = tf.mean(tf.mul(scaled, normed), -1, true);
      const centred = tf.sub(scaled, tf.mean(scaled, -1, true));
      const dx = tf.mul(tf.sub(centred, tf.mul(normed, along)), tf.rsqrt(tf.add(variance, epsilon)));
      return [dx, tf.sum(product, 0, true), tf.sum(dy, 0, true)];
    };
    return { value, gradFunc };
  });
  const layerNorm = (x, { gain, bias }) => layerNormOp(x, gain, bias);

  const gelu = tf.customGrad((x, save) => {
    const cdf = tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5);
    save([x, cdf]);
    const gradFunc = (dy, [x, cdf]) => {
      const pdf = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return tf.mul(dy, tf.add(cdf, tf.mul(x, pdf)));
    };
    return { value: tf.mul(x, cdf), gradFunc };
  });

  const lossOf = () => {
    const toHeads = (x) => {
      const swapped = tf.transpose(tf.reshape(x, [count, length, headCount, headSize]), [0, 2, 1, 3]);
      return tf.reshape(swapped, [count * headCount, length, headSize]);
    };
    const fromHeads = (x) => {
      const swapped = tf.transpose(tf.reshape(x, [count, headCount, length, headSize]), [0, 2, 1, 3]);
      return tf.reshape(swapped, [count * length, hidden]);
    };
    const gathered = tf.reshape(embed(words), [count, length, hidden]);
    const placed = tf.add(
      tf.slice(positions, [0, 0], [length, hidden]),
      tf.slice(types, [0, 0], [1, hidden]),
    );
    let x = layerNorm(tf.reshape(tf.add(gathered, placed), [count * length, hidden]), norm);
    for (const layer of layers) {
      const [query, key, value] = [layer.query, layer.key, layer.value].map((p) => toHeads(linear(x, p)));
      const scores = tf.matMul(tf.mul(query, 1 / Math.sqrt(headSize)), key, false, true);
      const attended = linear(fromHeads(tf.matMul(tf.softmax(scores), value)), layer.attentionOutput);
      x = layerNorm(tf.add(x, attended), layer.attentionNorm);
      x = layerNorm(tf.add(x, linear(gelu(linear(x, layer.up)), layer.down)), layer.outputNorm);
    }
    const first = tf.reshape(
      tf.slice(tf.reshape(x, [count, length, hidden]), [0, 0, 0], [count, 1, hidden]),
      [count, hidden],
    );
    const losses = classifiers.map((head, i) =>
      tf.losses.softmaxCrossEntropy(targets[i], linear(first, head)),
    );
    return losses.reduce((sum, loss) => tf.add(sum, loss));
  };

  const { learningRate, beta1, beta2, epsilon: eps } = optimizer;
  const adam = tf.train.adam(learningRate, beta1, beta2, eps);
  const start = () => {
    const loss = adam.minimize(lossOf, true);
    loss.dataToGPU().tensorRef.dispose();
    const result = async () => {
      const [value] = await loss.data();
      loss.dispose();
      return value;
    };
    return { result };
  };

  return {
    name: 'TensorFlow.js WebGPU',
    version: installedVersion('@tensorflow/tfjs-backend-webgpu'),
    steps: (wanted) => patientSteps(wanted, start),
    dispose() {
      const { device } = /** @type {{ device: GPUDevice }} */ (/** @type {unknown} */ (tf.backend()));
      tf.removeBackend('webgpu');
      device.destroy();
    },
  };
}
