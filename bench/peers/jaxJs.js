import { readFileSync } from 'node:fs';
import { need } from './weights.js';


export async function load(gpu, config, weights, V = (process.env.V ?? '').split(',')) {
  const has = (k) => V.includes(k), val = (k) => V.find((v) => v.startsWith(k + '='))?.split('=')[1];
  const jax = await import('@jax-js/jax');
  const { nn, numpy: np, tree } = jax;
  await jax.init('webgpu');
  jax.defaultDevice('webgpu');
  const hidden = config.hidden_size, heads = config.num_attention_heads, size = hidden / heads;
  const eps = config.layer_norm_eps;
  const arr = (data, shape) => np.array(data, { shape, dtype: np.float32 });
  const get = (n) => { const w = need(weights, n); return arr(w.data, w.shape); };
  const tr = (w) => { const [o, i] = w.shape; const d = new Float32Array(o * i); for (let r = 0; r < o; r++) for (let c = 0; c < i; c++) d[c * o + r] = w.data[r * i + c]; return { data: d, shape: [i, o] }; };
  const scaled = (w, s) => ({ shape: w.shape, data: w.data.map((x) => x * s) });
  const mat = (w) => { const t = has('nt') ? w : tr(w); return arr(t.data, t.shape); };
  const lin = (n, s = 1) => ({ w: mat(scaled(need(weights, n + '.weight'), s)), b: (() => { const b = scaled(need(weights, n + '.bias'), s); return arr(b.data, b.shape); })() });
  const norm = (n) => ({ g: get(n + '.weight'), b: get(n + '.bias') });
  const cat = (ws) => { const d = new Float32Array(ws.reduce((a, w) => a + w.data.length, 0)); let o = 0; for (const w of ws) { d.set(w.data, o); o += w.data.length; } return { data: d, shape: [ws.reduce((a, w) => a + w.shape[0], 0), ...ws[0].shape.slice(1)] }; };
  const pos = need(weights, 'embeddings.position_embeddings.weight'), type = need(weights, 'embeddings.token_type_embeddings.weight');
  const params = {
    word: get('embeddings.word_embeddings.weight'),
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
        up: lin(p + 'intermediate.dense'), down: lin(p + 'output.dense'), n2: norm(p + 'output.LayerNorm'),
      };
    }),
  };
  await jax.blockUntilReady(params);
  const linear = (x, { w, b }) => (has('nt') ? np.einsum(x, [0, 1], w, [2, 1], [0, 2]) : np.matmul(x, w)).add(b);
  const layerNorm = (x, { g, b }) => {
    if (has('std')) return nn.standardize(x, -1, { epsilon: eps }).mul(g).add(b);
    const c = has('one') ? x : x.ref.sub(np.mean(x, -1, { keepdims: true }));
    const v = np.mean(np.square(c.ref), -1, { keepdims: true });
    return c.mul(np.reciprocal(np.sqrt(v.add(eps)))).mul(g).add(b);
  };
  const forward = jax.jit((P, ids) => {
    const [B, S] = ids.shape; const T = B * S;
    let x = np.take(P.word, ids.reshape([T]), 0).add(np.tile(P.pos.slice([0, S]), [B, 1]));
    x = layerNorm(x, P.norm);
    for (const L of P.layers) {
      let q, k, v;
      if (has('qkv')) {
        const all = linear(x.ref, L.qkv).reshape([B, S, 3, heads, size]);
        q = all.ref.slice([], [], 0); k = all.ref.slice([], [], 1); v = all.slice([], [], 2);
      } else {
        const y = [L.q, L.k, L.v].map((p) => linear(x.ref, p).reshape([B, S, heads, size]));
        [q, k, v] = y;
      }
      let c;
      if (has('dpa')) c = nn.dotProductAttention(q, k, v, { scale: 1 });
      else {
        const s = np.einsum(q, [0, 1, 2, 3], k, [0, 4, 2, 3], [0, 2, 1, 4]);
        c = np.einsum(nn.softmax(s, -1), [0, 2, 1, 4], v, [0, 4, 2, 3], [0, 1, 2, 3]);
      }
      x = layerNorm(x.add(linear(c.reshape([T, hidden]), L.o)), L.n1);
      const up = nn.gelu(linear(x.ref, L.up), { approximate: false });
      x = layerNorm(x.add(linear(up, L.down)), L.n2);
    }
    const m = np.mean(x.reshape([B, S, hidden]), 1);
    return m.ref.div(np.sqrt(np.sum(np.square(m), -1, { keepdims: true })));
  });
  return {
    name: 'jax-js', version: '',
    encode(ids) {
      const out = forward(tree.ref(params), np.array(new Int32Array(ids.flat()), { shape: [ids.length, ids[0].length], dtype: np.int32 }));
      out.ref.gpuBufferSync();
      return { result: () => out.data() };
    },
    dispose() { tree.dispose(params); },
    jax,
  };
}
