import { signal } from '@preact/signals';
import type { ScenarioName } from '../../worker/client.ts';

/** Task 1: of the three sentences' embeddings. */
export interface Encoded {
  shape: [number, number];
  means: number[];
  deviations: number[];
}

/** Task 3: what a scenario trains. */
export interface Freezing {
  scenario: ScenarioName;
  /** Numbers that train. */
  trainable: number;
  /** Groups that train: 'heads', 'layers 4–5', 'embeddings'. */
  groups: string;
  /** What the trainer said where it refused. */
  refusal?: string;
}

/** The tasks' results, as they come; losses have one value an epoch. */
export interface Results {
  encoded?: Encoded;
  multiTaskLosses?: number[];
  freezing?: Freezing[];
  layerWiseLosses?: number[];
}

export const results = signal<Results>({});
/** What is being done. */
export const doing = signal<string | undefined>(undefined);
export const outcome = signal<{ text: string; isError: boolean } | undefined>(undefined);
