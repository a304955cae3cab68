import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { TabgradError } from '../../../src/errors.ts';
import { forget, largestAskedFor } from './askedFor.ts';

/** A kind of reader, and what it is tried with. */
export interface Family<Input> {
  name: string;
  inputs: fc.Arbitrary<Input>;
  /** Bytes of an input. */
  size(input: Input): number;
  /** Makes the input what it is to be, where that takes promises. */
  ready?(input: Input): Promise<Input>;
  /**
   * Reads it and compares the result with what a second, plain reader says.
   * @returns what was read, in a few words: they are counted
   * @throws what the reader throws, and an Error for a result that is not right
   */
  read(input: Input): Promise<string>;
  /** An input, short enough to look at. */
  show(input: Input): string;
  /** Classes of the errors by which it may refuse. */
  refusals: readonly (new (
    message: string,
  ) => TabgradError)[];
  /** What every refusal's message says of where it comes from. */
  names: RegExp;
}

/** How a hunt went. */
export interface Report {
  name: string;
  seed: number;
  runs: number;
  seconds: number;
  /** Processor time of the slowest input. */
  slowestMs: number;
  /** Memory that one input took beyond its own size. */
  mostBytes: number;
  /** Inputs by what became of them: what was read, and refusals without their names and numbers. */
  read: Record<string, number>;
  refused: Record<string, number>;
}

/** Processor time that one input may take: wall time would count what other processes do. Readers need milliseconds. */
const MOST_MS = 5000;
/** Memory that one input may take beyond its own size. */
const MOST_BYTES = 16 * 2 ** 20;
const MOST_SHRINKING_MS = 15_000;
/** A message is for people. */
const MOST_CHARACTERS = 1500;

/**
 * Gives a reader mutated inputs.
 * @param onRun is called before each input
 * @throws an Error that says with which input (made smaller), seed and path the reader was found wrong
 */
export async function hunt<Input>(
  { name, inputs, size, ready, read, show, refusals, names }: Family<Input>,
  { seed, runs, path }: { seed: number; runs: number; path?: string },
  onRun: () => void,
): Promise<Report> {
  const report: Report = {
    name,
    seed,
    runs,
    seconds: 0,
    slowestMs: 0,
    mostBytes: 0,
    read: {},
    refused: {},
  };
  const count = (where: Record<string, number>, what: string) => {
    where[what] = (where[what] ?? 0) + 1;
  };
  const attempt = async (input: Input) => {
    const bytes = memory();
    forget();
    const began = process.cpuUsage();
    const result = await read(input).catch((error: unknown) => ({ error }));
    const { user, system } = process.cpuUsage(began);
    const ms = (user + system) / 1000;
    return { result, ms, bytes: Math.max(memory() - bytes, largestAskedFor()) - size(input) };
  };
  const began = performance.now();
  let failedAt = Number.POSITIVE_INFINITY;
  const property = fc.asyncProperty(inputs, async (drawn) => {
    // A fault is made smaller for as long as somebody waits for it.
    if (performance.now() - failedAt > MOST_SHRINKING_MS) return;
    onRun();
    const input = (await ready?.(drawn)) ?? drawn;
    try {
      await check(input);
    } catch (error) {
      failedAt = Math.min(failedAt, performance.now());
      throw error;
    }
  });
  const found = await fc.check(property, { seed, numRuns: runs, path });
  if (found.failed) {
    const [input] = found.counterexample!;
    const { errorInstance: error } = found;
    const fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Error(`${fault}\nFUZZ_SEED=${seed} FUZZ_PATH=${found.counterexamplePath}\n${show(input)}`);
  }
  report.seconds = (performance.now() - began) / 1000;
  return report;

  async function check(input: Input): Promise<void> {
    let { result, ms, bytes } = await attempt(input);
    // What the machine did meanwhile is not the reader's fault: it does not happen three times.
    for (let i = 0; i < 2 && (ms > MOST_MS || bytes > MOST_BYTES); i++) {
      collectGarbage();
      const again = await attempt(input);
      [ms, bytes] = [Math.min(ms, again.ms), Math.min(bytes, again.bytes)];
    }
    report.slowestMs = Math.max(report.slowestMs, ms);
    report.mostBytes = Math.max(report.mostBytes, bytes);
    if (ms > MOST_MS) throw new Error(`It took ${ms.toFixed()} ms of processor time.`);
    if (bytes > MOST_BYTES) throw new Error(`It took ${bytes} bytes more than it has itself.`);
    if (typeof result === 'string') count(report.read, result);
    else count(report.refused, refusalOf(result.error));
  }

  function refusalOf(error: unknown): string {
    if (!(error instanceof TabgradError) || !refusals.some((type) => error instanceof type)) throw error;
    const { message } = error;
    if (!names.test(message)) throw new Error(`The message names no file: ${message.slice(0, 500)}`);
    if (message.length > MOST_CHARACTERS)
      throw new Error(`The message has ${message.length} characters: ${message.slice(0, 300)}`);
    return `${error.name}: ${withoutDetails(message)}`;
  }
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** The JavaScript heap and the array buffers beside it, garbage that nobody has collected yet included. */
function memory(): number {
  const { used_heap_size: heap, external_memory: buffers } = getHeapStatistics();
  return heap + buffers;
}

function withoutDetails(message: string): string {
  return message
    .replace(/"(?:[^"\\]|\\.)*"?/g, '"…"')
    .replace(/-?\d[\d.e+]*/g, '#')
    .replace(/\(.*\)|[[{].*[\]}]/g, '(…)')
    .slice(0, 90);
}

/** The beginning of a file, as text. */
export function excerpt(bytes: Uint8Array): string {
  return JSON.stringify(Buffer.from(bytes.subarray(0, 1500)).toString('latin1'));
}

/** The files that differ from those of every seed. */
export function changedFiles<Files extends Record<string, Uint8Array>>(
  files: Files,
  seeds: readonly Files[],
): string {
  return Object.entries(files)
    .filter(([path, bytes]) => seeds.every((seed) => seed[path] !== bytes))
    .map(([path, bytes]) => `${path}: ${excerpt(bytes)}`)
    .join('\n');
}
