import { ArgumentError, TabgradError } from '../errors.ts';
import type { Head } from '../nn/heads.ts';
import type { HeadConfig } from '../repository/savedHeads.ts';
import type { HeadFacts, HeadOptions } from '../types.ts';
import type { ModelState } from './state.ts';

export function addHead(core: ModelState, name: string, options: HeadOptions): void {
  core.checkUsable();
  if (core.heads.has(name)) expectNoTraining(core, 'addHead', name, 'replaced');
  core.setHead(name, options);
}

export function removeHead(core: ModelState, name: string): void {
  core.checkUsable();
  if (!core.heads.has(name)) {
    const names = [...core.heads.keys()].map((known) => `"${known}"`).join(', ');
    throw new ArgumentError(
      `removeHead(): there is no head "${String(name)}". ${names ? `The heads are ${names}.` : 'The model has none.'}`,
      { argument: 'name' },
    );
  }
  expectNoTraining(core, 'removeHead', name, 'removed');
  core.removeHead(name);
}

export function headFacts(heads: Iterable<HeadConfig>): HeadFacts[] {
  return Array.from(heads, ({ name, labels, pooling }) => ({ name, labels: [...labels], pooling }));
}

/** @throws ArgumentError for a model without a head */
export function expectHeads({ heads }: ModelState): Head[] {
  if (heads.size > 0) return [...heads.values()];
  throw new ArgumentError('predict(): the model has no head. Call addHead() first.', { argument: 'heads' });
}

function expectNoTraining({ isTraining }: ModelState, call: string, name: string, done: string): void {
  if (!isTraining) return;
  throw new TabgradError(
    `${call}(): the model is being trained, and "${name}" cannot be ${done} meanwhile. Stop the training first.`,
  );
}
