import { need } from './weights.js';

export async function load(gpu, config, weights, V = (process.env.V ?? '').split(',')) {
  const has = (k) => V.includes(k), val = (k) => V.find((v) => v.startsWith(k + '='))?.split('=')[1];
  const tf = await import('@tensorflow/tfjs-core');
  const wg = await import('@tensorflow/tfjs-backend-webgpu');
  await tf.setBackend('webgpu');
  await tf.ready();
  const flags = () => { tf.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', +(val('mm') ?? -1));
  tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', +(val('batch') ?? 15)); };
  const hidden = config.hidden_size, heads = config.num_attention_heads, size = hidden / heads;
  const eps = config.layer_norm_eps;
  const arr = (data, shape) => tf.tensor(data, shape, 'float32');
  const tr = (w) => { const [o, i] = w.shape; const d = new Float32Array(o * i); for (let r = 0; r < o; r++) for (let c = 0; c < i; c++) d[c * o + r] = w.data[r * i + c]; return { data: d, shape: [i, o] }; };
  const scaled = (w, s) => ({ shape: w.shape, data: w.data.map((x) => x * s) });
  const mat = (w) => { const t = has('nt') ? w : tr(w); return arr(t.data, t.shape); };
  const lin = (n, s = 1, sb = s) => ({ w: mat(scaled(need(weights, n + '.weight'), s)), b: (() => { const b = scaled(need(weights, n + '.bias'), sb); return arr(b.data, b.shape); })() });
  const row = (n) => { const w = need(weights, n); return arr(w.data, [1, hidden]); };
  const norm = (n) => ({ g: row(n + '.weight'), b: row(n + '.bias') });
  const cat = (ws) => { const d = new Float32Array(ws.reduce((a, w) => a + w.data.length, 0)); let o = 0; for (const w of ws) { d.set(w.data, o); o += w.data.length; } return { data: d, shape: [ws.reduce((a, w) => a + w.shape[0], 0), ...ws[0].shape.slice(1)] }; };
  const pos = need(weights, 'embeddings.position_embeddings.weight'), type = need(weights, 'embeddings.token_type_embeddings.weight');
  const word = need(weights, 'embeddings.word_embeddings.weight');
  const P = {
    word: arr(word.data, word.shape),
    pos: arr(pos.data.map((x, i) => x + type.data[i % hidden]), pos.shape),
    norm: norm('embeddings.LayerNorm'),
    layers: Array.from({ length: config.num_hidden_layers }, (_, l) => {
      const p = `encoder.layer.${l}.`;
      const s = 1 / Math.sqrt(size);
      const q = p + 'attention.self.query', k = p + 'attention.self.key', v = p + 'attention.self.value';
      return {
        ...(has('qkv') ? { qkv: {
          w: mat(cat([scaled(need(weights, q + '.weight'), s), need(weights, k + '.weight'), need(weights, v + '.weight')])),
          b: (() => { const b = cat([scaled(need(weights, q + '.bias'), s), need(weights, k + '.bias'), need(weights, v + '.bias')]); return arr(b.data, b.shape); })() } }
          : { q: lin(q, s), k: lin(k), v: lin(v) }),
        o: lin(p + 'attention.output.dense'), n1: norm(p + 'attention.output.LayerNorm'),
        up: lin(p + 'intermediate.dense', has('fold') ? Math.SQRT1_2 : 1), down: lin(p + 'output.dense', has('fold') ? Math.SQRT1_2 : 1, 1), n2: norm(p + 'output.LayerNorm'),
      };
    }),
  };
  const ones = tf.fill([hidden, 1], 1 / hidden);
  const average = (x) => has('mmean') ? tf.matMul(x, ones) : tf.mean(x, -1, true);
  const linear = (x, { w, b }) => tf.fused.matMul({ a: x, b: w, transposeB: has('nt'), bias: b });
  const layerNorm = (x, { g, b }) => {
    const mean = average(x);
    const variance = average(tf.squaredDifference(x, mean));
    if (has('nobn')) return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, eps))), g), b);
    return tf.batchNorm(x, mean, variance, b, g, eps);
  };
  const gelu = (x) => has('fold') ? tf.mul(x, tf.add(tf.erf(x), 1)) : tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
  const split = (x, shape, perm, out) => tf.reshape(tf.transpose(tf.reshape(x, shape), perm), out);
  const forward = (ids) => tf.tidy(() => {
    const B = ids.length, S = ids[0].length, T = B * S;
    const flat = tf.tensor1d(new Int32Array(ids.flat()), 'int32');
    const w = tf.reshape(tf.gather(P.word, flat), [B, S, hidden]);
    let x = layerNorm(tf.reshape(tf.add(w, tf.slice(P.pos, [0, 0], [S, hidden])), [T, hidden]), P.norm);
    for (const L of P.layers) {
      let q, k, v;
      if (has('qkv')) {
        [q, k, v] = tf.unstack(split(linear(x, L.qkv), [B, S, 3, heads, size], [2, 0, 3, 1, 4], [3, B * heads, S, size]), 0);
      } else {
        [q, k, v] = [L.q, L.k, L.v].map((p) => split(linear(x, p), [B, S, heads, size], [0, 2, 1, 3], [B * heads, S, size]));
      }
      const a = tf.softmax(tf.matMul(q, k, false, true));
      const c = split(tf.matMul(a, v), [B, heads, S, size], [0, 2, 1, 3], [T, hidden]);
      x = layerNorm(tf.add(x, linear(c, L.o)), L.n1);
      x = layerNorm(tf.add(x, linear(gelu(linear(x, L.up)), L.down)), L.n2);
    }
    const m = tf.mean(tf.reshape(x, [B, S, hidden]), 1);
    return tf.div(m, tf.sqrt(tf.sum(tf.square(m), -1, true)));
  });
  return {
    name: 'TensorFlow.js WebGPU', version: wg.version_webgpu ?? tf.version_core,
    encode(ids) {
      flags(); const out = forward(ids);
      out.dataToGPU().tensorRef.dispose();
      return { result: async () => { const d = await out.data(); out.dispose(); return d; } };
    },
    dispose() { tf.disposeVariables(); },
    tf,
  };
}
