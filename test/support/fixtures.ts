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

function fixtureUrl(file: string): URL {
  return new URL(`../fixtures/${file}`, import.meta.url);
}

/** Reads test/fixtures/`name`.json. */
export function readJson<T>(name: string): T {
  return JSON.parse(readFileSync(fixtureUrl(`${name}.json`), 'utf8')) as T;
}

/** Reads test/fixtures/`name`.json and .bin, for example `readFixture<{ texts: string[] }>('embeddings/sentences')`. */
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
