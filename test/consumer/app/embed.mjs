// The library in Node, without a worker: prints one sentence's embedding as JSON.
import { SentenceTransformer } from 'tabgrad';
import { create } from 'webgpu';

// What create() returns must stay reachable while it is used.
globalThis.gpu = create([]);
const [folder, text] = process.argv.slice(2);
const model = await SentenceTransformer.fromPretrained(folder, { gpu: globalThis.gpu });
const { data } = await model.encode([text]);
await model.dispose();
console.log(JSON.stringify([...data]));
process.exit(0);
