import { TabgradError } from '../errors.ts';
import { seededTensor } from './seeded.ts';
import { decode, type StoredResult } from './sketch.ts';

/** A case as scripts/fixtures/selfTest.py writes it. */
interface StoredFacts {
  inputs: Record<string, { shape: number[]; scale: number; offset: number }>;
  integers: Record<string, number[]>;
  results: Record<string, StoredResult>;
}

/** Inputs and results of one case. */
export interface StoredCase {
  /** A seeded input, or a result that is stored whole: what one kernel writes another reads. */
  input(name: string): { data: Float32Array<ArrayBuffer>; shape: readonly number[] };
  integers(name: string): readonly number[];
  result(name: string): StoredResult;
  /** Results whose names begin with a prefix, by the rest of the name. */
  resultsOf(prefix: string): [name: string, result: StoredResult][];
}

/** All cases by name. The file is fetched when it is first asked for. */
export async function loadStored(): Promise<(name: string) => StoredCase> {
  const { default: file } = await import('./expected.json');
  const cases = file.cases as unknown as Record<string, StoredFacts>;
  return (name) => storedCase(name, find(cases, name));
}

function storedCase(of: string, { inputs, integers, results }: StoredFacts): StoredCase {
  return {
    input(name) {
      const written = results[name];
      if (!inputs[name] && written && !written.rows)
        return { data: decode(written.numbers), shape: written.shape };
      const { shape, scale, offset } = find(inputs, name);
      return { data: seededTensor(`${of}.${name}`, shape, scale, offset), shape };
    },
    integers: (name) => find(integers, name),
    result: (name) => find(results, name),
    resultsOf: (prefix) =>
      Object.entries(results)
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, result]) => [name.slice(prefix.length), result]),
  };
}

function find<T>(among: Record<string, T>, name: string): T {
  const found = among[name];
  if (found === undefined) {
    throw new TabgradError(`The self-test's stored results have no "${name}". Make expected.json again.`);
  }
  return found;
}
