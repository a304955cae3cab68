import { signal } from '@preact/signals';
import type { ModelSource } from '../../types.ts';
import { readList, writeStored } from '../stored.ts';

export interface ModelChoice {
  /** Its name on the page and in exported files. */
  name: string;
  /** Its origin: with the page, from the hub, or from the reader's own files. */
  origin: 'bundled' | 'hub' | 'files';
  source: ModelSource;
  /** A revision of the hub's repository; the newest if left out. */
  revision?: string;
}

export const bundledModels: readonly ModelChoice[] = [
  { name: 'all-MiniLM-L6-v2', origin: 'bundled', source: './weights/all-MiniLM-L6-v2' },
];

/** Parses `owner/name`, as the hub writes it, with `@revision` or without; undefined for anything else. */
export function hubModel(text: string): ModelChoice | undefined {
  const match = /^([\w-][\w.-]*\/[\w-][\w.-]*?)(?:@([\w./-]+))?$/.exec(text.trim());
  if (!match) return undefined;
  const [, id, revision] = match;
  return { name: id!, origin: 'hub', source: id!, ...(revision && { revision }) };
}

/** The name of a hub's model in the address and among the recent ones. */
export function hubText({ name, revision }: Pick<ModelChoice, 'name' | 'revision'>): string {
  return revision ? `${name}@${revision}` : name;
}

const key = 'tabgrad.recent';
const most = 6;

/** Hub models that were opened here, the last one first. */
export const recent = signal<readonly string[]>(readList(key).filter(hubModel));

export function remember(choice: ModelChoice): void {
  if (choice.origin !== 'hub') return;
  const text = hubText(choice);
  recent.value = [text, ...recent.value.filter((other) => other !== text)].slice(0, most);
  writeStored(key, JSON.stringify(recent.value));
}
