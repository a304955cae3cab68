import type { OnProgress } from '../../types.ts';
import type { SentenceTransformer, Trainer, TrainerOptions } from '../../worker/client.ts';
import type { ModelChoice } from '../model/choice.ts';

/** What the page gives to every cell. */
export interface Tools extends Pick<ModelChoice, 'source' | 'revision'> {
  /** Writes a line below the cell. */
  print: (line: string) => void;
  onProgress: OnProgress;
  /** Aborted by the Stop button. */
  signal: AbortSignal;
}

/** What cells hand on to those below. A cell returns the part of it that it has made. */
export interface Scope {
  Trainer: typeof Trainer;
  model: SentenceTransformer;
  examples: TrainerOptions['examples'];
  heads: NonNullable<TrainerOptions['heads']>;
}

/** What a cell is given. */
export type Given = Tools & Scope;
