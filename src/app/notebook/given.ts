import type { OnProgress } from '../../types.ts';
import type { SentenceTransformer, Trainer, TrainerOptions } from '../../worker/client.ts';
import type { ModelChoice } from '../model/choice.ts';

export interface Tools extends Pick<ModelChoice, 'source' | 'revision'> {
  /** Writes a line below the cell. */
  print: (line: string) => void;
  onProgress: OnProgress;
  signal: AbortSignal;
}

/** Cells hand these on to those below. A cell returns the part that it has made. */
export interface Scope {
  Trainer: typeof Trainer;
  model: SentenceTransformer;
  examples: TrainerOptions['examples'];
  heads: NonNullable<TrainerOptions['heads']>;
}

export type Given = Tools & Scope;
