import { CheckpointError, ModelFormatError, throwIfAborted } from '../../errors.ts';
import { quote } from '../../values/quote.ts';
import { layOutSafetensors, type TensorPlan } from './layout.ts';
import { openSafetensors, type SafetensorsFile } from './safetensorsFile.ts';

/** Bytes that are hashed, or read and checked, at a time. */
export const PIECE = 8 * 2 ** 20;
const SEAL = 'sha256';
const SUMS = 'sums';

/**
 * A safetensors file that grows piece by piece in Blobs, so outside of this thread's heap. It is sealed with SHA-256
 * sums: of each tensor (over the sums of its pieces of {@link PIECE} bytes), and of the header with those.
 */
export class SealedDraft {
  readonly #tensors = new Map<
    string,
    { plan: TensorPlan; pieces: Blob[]; sums: Uint8Array<ArrayBuffer>[] }
  >();

  /** Adds the next piece of a tensor: PIECE bytes, or fewer for the last one. */
  async add(plan: TensorPlan, piece: Uint8Array<ArrayBuffer>): Promise<void> {
    const sum = await sha256(piece);
    const tensor = this.#tensors.get(plan.name) ?? { plan, pieces: [], sums: [] };
    this.#tensors.set(plan.name, tensor);
    tensor.pieces.push(new Blob([piece]));
    tensor.sums.push(sum);
  }

  /** Adds a value as JSON, in a tensor of bytes. */
  async addJson(name: string, value: unknown): Promise<void> {
    const bytes = new TextEncoder().encode(JSON.stringify(value));
    const plan: TensorPlan = { name, dtype: 'U8', shape: [bytes.length] };
    for (let at = 0; at < bytes.length; at += PIECE) await this.add(plan, bytes.slice(at, at + PIECE));
  }

  async finish(metadata: Readonly<Record<string, string>>): Promise<Blob> {
    const plans = [...this.#tensors.values()].map(({ plan }) => plan);
    const sums: Record<string, string> = {};
    for (const [name, tensor] of this.#tensors) sums[name] = await sumOf(tensor.sums);
    const told = { ...metadata, [SUMS]: JSON.stringify(sums) };
    const seal = await sealOf(told, plans);
    const { header, places } = layOutSafetensors(plans, { ...told, [SEAL]: seal });
    return new Blob([header, ...[...places.keys()].flatMap((name) => this.#tensors.get(name)!.pieces)]);
  }
}

/** Opens a sealed file and checks its header; {@link checkTensors} checks the rest. @throws CheckpointError */
export async function openSealed(file: Blob, name: string): Promise<SafetensorsFile> {
  const opened = await openSafetensors(file, name).catch((error) => {
    if (!(error instanceof ModelFormatError)) throw error;
    throw damaged(name, error.message);
  });
  const { [SEAL]: seal, ...told } = opened.metadata;
  if (seal === undefined) throw damaged(name, 'It has no seal: it is no checkpoint of tabgrad.');
  if (seal !== (await sealOf(told, [...opened.tensors.values()])))
    throw damaged(name, 'Its header does not match its seal.');
  return opened;
}

/** @throws CheckpointError ('damaged') where a tensor is not what was written, AbortError */
export async function checkTensors(
  file: Blob,
  { tensors, metadata }: SafetensorsFile,
  name: string,
  signal?: AbortSignal,
): Promise<void> {
  const sums = sumsOf(metadata[SUMS]);
  for (const [tensor, { begin, end }] of tensors) {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    for (let at = begin; at < end; at += PIECE) {
      throwIfAborted(signal);
      const bytes = await file
        .slice(at, Math.min(end, at + PIECE))
        .arrayBuffer()
        .catch((cause) => {
          throw damaged(name, `Its bytes from ${at} on could not be read (${String(cause)}).`);
        });
      pieces.push(await sha256(new Uint8Array(bytes)));
    }
    if (sums.get(tensor) === (await sumOf(pieces))) continue;
    throw damaged(name, `The bytes of ${quote(tensor)} are not those that were written.`);
  }
}

export function damaged(name: string, what: string): CheckpointError {
  return new CheckpointError(
    `${name} is damaged or no checkpoint. ${what} Use an older one, or begin anew.`,
    { reason: 'damaged' },
  );
}

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function sumsOf(json = '{}'): Map<string, unknown> {
  try {
    return new Map(Object.entries(JSON.parse(json) ?? {}));
  } catch {
    return new Map();
  }
}

async function sealOf(told: Readonly<Record<string, string>>, plans: readonly TensorPlan[]): Promise<string> {
  const byName = <T>(entries: [string, T][]) => entries.sort(([a], [b]) => (a < b ? -1 : 1));
  const tensors = plans.map(({ name, dtype, shape }): [string, unknown] => [name, [dtype, shape]]);
  const facts = [byName(Object.entries(told)), byName(tensors)];
  return hex(await sha256(new TextEncoder().encode(JSON.stringify(facts))));
}

/** The sum of a tensor, over those of its pieces. */
async function sumOf(pieces: Uint8Array<ArrayBuffer>[]): Promise<string> {
  return hex(await sha256(new Uint8Array(await new Blob(pieces).arrayBuffer())));
}
