import { installGpu } from './gpu.js'; import { batch, parseShape } from './inputs.js'; import { readModel, defaultModelFolder } from './weights.js';
import { readdirSync, readFileSync } from 'node:fs';
const cpu = () => { let ns = 0; for (const t of readdirSync('/proc/self/task')) if (+t !== process.pid) try { ns += Number(readFileSync(`/proc/self/task/${t}/schedstat`, 'utf8').split(' ')[0]); } catch {} return ns / 1e6; };
const { gpu } = installGpu(); const { config, weights } = await readModel(defaultModelFolder);
const ps = []; for (const f of ['./jaxJs.js', './tmp_nn.js']) ps.push([f, await (await import(f)).load(gpu, config, weights)]);
for (const s of ['1x16', '32x64']) { const ids = batch(parseShape(s)); for (let r = 0; r < (s[0] === '1' ? 7 : 3); r++) for (const [f, p] of ps) { const c = cpu(), t = performance.now(); const { result } = p.encode(ids); if (r > 1 || s[0]=='3' && r > 0) await new Promise((k) => setTimeout(k, s[0] === '1' ? 45 : 4500)); await result(); console.log(s, f, r, (performance.now() - t) | 0, 'cpu', (cpu() - c) | 0); } }
process.exit(0);
