import { readFileSync } from 'node:fs';
import { seededTensor } from './seeded.ts';

/** How a fixture was computed: the command and the versions of Python and its packages. */
export type Made = { command: string; python: string } & Record<string, string>;

/** A fixture: facts from its JSON and float32 tensors from its bin, as scripts/fixtures/common.py writes them. */
export interface Fixture<Facts> {
  facts: Facts & { made: Made };
  /** Names of the tensors, in the file's order. */
  names: string[];
  /** @throws Error if the fixture has no tensor of that name. */
  tensor(name: string): { shape: number[]; data: Float32Array<ArrayBuffer> };
}

/** An input of an op that is generated instead of stored. `zeroRows` (of the last axis) are overwritten by zeros. */
export interface SeededInput {
  name: string;
  shape: number[];
  scale: number;
  offset: number;
  zeroRows?: number[];
}

/** An input of an op: seeded, or its values where they matter one by one. */
export type OpInput = SeededInput | { values: number[] };

/** A case of test/fixtures/ops/ops.json. Its output is the fixture's tensor of the case's name. */
export interface OpCase {
  name: string;
  op: 'linear' | 'gelu' | 'layerNorm' | 'softmax' | 'attention' | 'normalize';
  inputs: Record<string, OpInput>;
  /** PyTorch's own float32 result against its float64 one: max |Δ|. */
  noise: number;
  eps?: number;
  heads?: number;
  /** Attention: rows of each packed sequence. */
  rows?: number[];
  /** Attention: valid keys of each sequence, the first `keyLens[b]` of its rows. */
  keyLens?: number[];
}

/** A case of test/fixtures/backward/ops.json. The gradient of input `x` is the fixture's tensor `name.dX`. */
export interface BackwardCase {
  name: string;
  op: 'linear' | 'gelu' | 'layerNorm' | 'attention' | 'crossEntropy' | 'pooling' | 'normalize' | 'embeddings';
  inputs: Record<string, OpInput>;
  /** The gradient that arrives from above: of the output's shape, or a number where the output is a loss. */
  dOut: OpInput | number;
  /** PyTorch's own float32 result against its float64 one, for each gradient (and `loss`): max |Δ|. */
  noise: Record<string, number>;
  eps?: number;
  heads?: number;
  /** Attention and pooling: rows of each packed sequence. */
  rows?: number[];
  /** Attention and pooling: the first `keyLens[b]` rows of a sequence are valid. */
  keyLens?: number[];
  pooling?: 'mean' | 'cls';
  /** Cross-entropy: a class for each row, -1 where the row has none. */
  labels?: number[];
  /** Cross-entropy: the mean over the rows that have a class. */
  loss?: number;
  /** Embeddings: tokens of each sequence, at positions 0, 1, 2, … and of type 0. */
  ids?: number[][];
  /** Embeddings: the word row that gets no gradient, as of `nn.Embedding(padding_idx)`. */
  paddingIdx?: number | null;
}

/**
 * test/fixtures/backward/tiny.json: gradients of Σ last hidden state ∘ dOut. Its tensors are gradients, by parameter.
 */
export interface TinyGradients {
  /** The fixture with the config and the ids. */
  model: 'bert/tiny';
  dOut: SeededInput;
  loss: number;
  paddingIdx: number;
  /** Patterns of parameters whose gradient is zero but for rounding: to be left out of tight comparisons. */
  zeroGradient: string[];
  /** L2 norm of each parameter's gradient. */
  norms: Record<string, number>;
  /** max |Δ| of PyTorch's float32 gradient, for each parameter. */
  noise: Record<string, number>;
}

/** How a run is set up. A pattern's `*` stands for any characters; the last that matches a parameter counts. */
export interface TrainingSetup {
  optimizer: 'adam' | 'adamw';
  /** [pattern, learning rate]; a parameter that none matches is frozen. */
  rates: [string, number][];
  weightDecay?: number;
  noDecay?: string[];
  clipNorm?: number;
  schedule?: { kind: 'linear'; warmupSteps: number; totalSteps: number };
}

/** What PyTorch's float32 run was like: an entry a step, of the weights before the step's update. */
export interface TrainingRecord {
  losses: number[];
  taskLosses: { topic: number[]; sentiment: number[] };
  /** L2 over all gradients before clipping, summed in float64. */
  gradientNorms: number[];
  /** With clipping: the norm as clip_grad_norm_ sums it, in float32; right to four digits. */
  reportedGradientNorms?: number[];
  /** The schedule's factor on every rate. */
  rateFactors: number[];
  /** The same run in float64. */
  float64: { losses: number[]; gradientNorms: number[] };
  /** float32 against float64: losses absolute, norms relative (the largest). */
  noise: { losses: number[]; gradientNorm: number; firstGradientNorm: number };
}

/** A scenario of test/fixtures/training/miniLm.json. */
export interface TrainingScenario extends TrainingSetup, TrainingRecord {
  noise: TrainingRecord['noise'] & {
    /** Over all trained weights but key biases. */
    weights: { max: number; rms: number; count: number; 'beyond2e-6': number };
  };
  /** Sum and L2 norm of trained parameters after the last step, and how far float64's are off. */
  sums: Record<string, { sum: number; norm: number; noise: { sum: number; norm: number } }>;
  /**
   * All trained parameters; every other one keeps its bits. `change`: max |after − before|; `noise`: max |float32 −
   * float64|.
   */
  changes: Record<string, { change: number; noise: number; noiseRms: number }>;
}

interface TrainingTask {
  /** Names of the labels of each head. */
  heads: { topic: string[]; sentiment: string[] };
  /** heads.NAME.weight [C, H] and heads.NAME.bias [C] are seededTensor(name, shape, headScale). */
  headScale: number;
  zeroGradient: string[];
}

/**
 * test/fixtures/training/miniLm.json. Its tensors are weights after the last step: `SCENARIO.PARAMETER@FIRST`, up to
 * 64 values from the flat index FIRST of PyTorch's float32 run, and the same with `.float64` behind it.
 */
export interface MiniLmTraining extends TrainingTask {
  examples: { text: string; labels: { topic?: number; sentiment?: number }; ids: number[] }[];
  /** Of step 1, by parameter; the same in every scenario that trains the parameter. */
  firstGradientNorms: Record<string, { float32: number; float64: number }>;
  slices: { parameter: string; first: number }[];
  scenarios: Record<
    'full' | 'headsOnly' | 'oneHead' | 'topLayers' | 'layerWise' | 'everything',
    TrainingScenario
  >;
}

/** test/fixtures/training/base.json (no .bin). */
export interface BaseTraining extends TrainingTask, TrainingSetup, TrainingRecord {
  /** The fixture with the config. */
  model: 'bert/base';
  examples: { labels: { topic?: number; sentiment?: number }; ids: number[] }[];
  /** L2 norms of step 1's gradients, by parameter. */
  firstGradientNorms: Record<string, number>;
}

function fixtureUrl(file: string): URL {
  return new URL(`../fixtures/${file}`, import.meta.url);
}

/** Reads test/fixtures/`name`.json. */
export function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(fixtureUrl(`${name}.json`), 'utf8')) as T;
}

/**
 * Reads test/fixtures/`name`.json and .bin, for example `readFixture<{ texts: string[] }>('embeddings/sentences')`.
 */
export function readFixture<Facts>(name: string): Fixture<Facts> {
  type Layout = Record<string, { shape: number[]; offset: number }>;
  const { tensors, ...facts } = readJson<Facts & { made: Made; tensors: Layout }>(name);
  const { buffer, byteOffset, byteLength } = readFileSync(fixtureUrl(`${name}.bin`));
  // Little-endian on disk, as every platform that runs the tests has it in memory.
  const values = new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
  return {
    facts: facts as unknown as Facts & { made: Made },
    names: Object.keys(tensors),
    tensor(key) {
      const layout = tensors[key];
      if (!layout) {
        throw new Error(`Fixture ${name} has no tensor ${key}, but: ${Object.keys(tensors).join(', ')}.`);
      }
      const { shape, offset } = layout;
      const end = offset + shape.reduce((product, extent) => product * extent, 1);
      if (end > values.length) throw new Error(`${name}.bin ends before tensor ${key} does. Make it again.`);
      return { shape, data: values.slice(offset, end) };
    },
  };
}

/** The values of an op's input. */
export function opInput(input: OpInput): { shape: number[]; data: Float32Array<ArrayBuffer> } {
  if ('values' in input) return { shape: [input.values.length], data: new Float32Array(input.values) };
  const { name, shape, scale, offset, zeroRows = [] } = input;
  const data = seededTensor(name, shape, scale, offset);
  const width = shape.at(-1)!;
  for (const row of zeroRows) data.fill(0, row * width, (row + 1) * width);
  return { shape, data };
}
