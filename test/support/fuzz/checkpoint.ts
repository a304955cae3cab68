import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { CheckpointError } from '../../../src/errors.ts';
import { checkTensors, SealedDraft } from '../../../src/files/safetensors/sealed.ts';
import { openRun, readCheckpoint } from '../../../src/training/checkpoint/file.ts';
import type { Example } from '../../../src/training/options/examples.ts';
import { byteChange, changed } from './bytes.ts';
import { excerpt, type Family } from './hunt.ts';
import { changedJson, jsonChange } from './jsonTree.ts';
import { plainSafetensors } from './plainSafetensors.ts';

const texts = {
  examples: [
    { text: 'a text', labels: { topic: 'b' } },
    { text: 'another', labels: { topic: 'a' } },
  ],
  evaluation: [{ text: 'a third', labels: { topic: 'a' } }],
};
const history = [{ type: 'step', step: 1, loss: 0.5 }];
const state = {
  model: { parameters: 10, layers: 1, hiddenSize: 8, maxLength: 8, sha256: '00' },
  changed: ['encoder.layer.0.output.dense.bias'],
  heads: [{ name: 'topic', labels: ['a', 'b'], pooling: 'cls' }],
  settings: {
    frozen: [{ regExp: ['^a', 'i'] }],
    epochs: 2,
    learningRate: [['b', 1e-3]],
    evaluation: { every: 5 },
  },
  label: { run: 'r', name: 'a name', about: { some: 'thing' } },
  savedAt: 5,
  step: 1,
  totalSteps: 2,
  evaluated: -1,
  best: { event: null, waited: 0 },
  stream: 0,
  taken: { topic: 1 },
  owesDecay: false,
};
const numbers = Uint8Array.from({ length: 32 }, (_, i) => (i * 37) % 251);

/** A checkpoint with its right seal, whatever it says. */
async function sealed(
  json: Record<'state' | 'texts' | 'history', string>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const draft = new SealedDraft();
  for (const [name, text] of [
    ['run/texts.json', json.texts],
    ['run/history.json', json.history],
  ] as const) {
    const bytes = new TextEncoder().encode(text);
    await draft.add({ name, dtype: 'U8', shape: [bytes.length] }, bytes);
  }
  await draft.add({ name: 'heads.topic.bias', dtype: 'F32', shape: [2] }, numbers.slice(0, 8));
  await draft.add({ name: 'run/vocabulary', dtype: 'U32', shape: [2] }, numbers.slice(0, 8));
  const told = { tabgradCheckpoint: '1', tabgrad: '0', state: json.state, ...metadata };
  return new Uint8Array(await (await draft.finish(told)).arrayBuffer());
}

type Input = { bytes: Uint8Array<ArrayBuffer>; isSealed: boolean } | Parameters<typeof sealed>[0];

export async function checkpoint(): Promise<Family<Input>> {
  const right = {
    state: JSON.stringify(state),
    texts: JSON.stringify(texts),
    history: JSON.stringify(history),
  };
  const whole = await sealed(right);
  const other = await sealed({ ...right, history: '[]' });
  const written = [whole, other].map(plainSafetensors);
  const ofBytes = fc
    .array(byteChange, { minLength: 1, maxLength: 3 })
    .map((changes) => ({ bytes: changed(whole, changes, [other]), isSealed: false }));
  const changes = fc.array(jsonChange, { maxLength: 2 });
  const resealed = fc
    .tuple(fc.array(jsonChange, { maxLength: 3 }), changes, changes)
    .map(([first, second, third]) => ({
      state: changedJson(state, first),
      texts: changedJson(texts, second),
      history: changedJson(history, third),
    }));
  return {
    name: 'checkpoint',
    inputs: fc.oneof<fc.Arbitrary<Input>[]>(ofBytes, resealed),
    size: (input) => ('bytes' in input ? input.bytes.length : 0),
    ready: async (input) => ('bytes' in input ? input : { bytes: await sealed(input), isSealed: true }),
    async read(input) {
      if (!('bytes' in input)) throw new Error('It is not sealed yet.');
      const { bytes, isSealed } = input;
      const content = await readCheckpoint(bytes);
      checkContent(content);
      if (isSealed) return 'sealed anew, and makes sense';
      // Weights are looked at when the run goes on.
      const open = await openRun(bytes);
      await checkTensors(open.blob, open.file, 'The checkpoint');
      const found = plainSafetensors(bytes);
      if (!written.some((each) => isDeepStrictEqual(each, found)))
        throw new Error('A changed checkpoint is read.');
      return 'of the same content';
    },
    show: (input) => ('bytes' in input ? excerpt(input.bytes) : JSON.stringify(input).slice(0, 4000)),
    refusals: [CheckpointError],
    names: /checkpoint/i,
  };
}

/** Types of all that a page shows of it. */
function checkContent(content: Awaited<ReturnType<typeof readCheckpoint>>): void {
  const { options, heads, step, totalSteps, savedAt, history, name } = content;
  const isText = (value: unknown) => typeof value === 'string';
  const isLabel = (value: unknown) => isText(value) || typeof value === 'number' || value === null;
  const isList = (value: unknown): value is unknown[] => Array.isArray(value);
  const examples = [...options.examples, ...examplesOf(options.evaluation)] as readonly Example[];
  for (const { text, labels } of examples) {
    if (!isText(text) || !Object.values(labels).every(isLabel))
      throw new Error('An example has no text or labels.');
  }
  for (const head of heads) {
    const isRight = isText(head.name) && isList(head.labels) && head.labels.every(isText);
    if (!isRight || !/^(cls|mean)$/.test(head.pooling)) throw new Error('A head is none.');
  }
  if (![step, totalSteps].every((count) => Number.isSafeInteger(count) && count >= 0) || step > totalSteps)
    throw new Error('Steps are no counts.');
  if (!Number.isFinite(savedAt)) throw new Error('The time is none.');
  if (!isList(history) || !history.every((event) => typeof event === 'object' && event !== null))
    throw new Error('The history is no list of events.');
  if (name !== undefined && !isText(name)) throw new Error('The name is none.');
}

function examplesOf(evaluation: unknown): { text: string; labels: Record<string, string> }[] {
  return (
    (evaluation as { examples?: { text: string; labels: Record<string, string> }[] } | undefined)?.examples ??
    []
  );
}
