import { AbortError, DivergedError, TabgradError } from '../../errors.ts';
import { describe } from '../../values/describe.ts';
import { expectNumber, expectObject, wrong } from '../options/checks.ts';
import type { Session } from '../session.ts';
import { RunStore, type StoredCheckpoint } from './store.ts';

/** Milliseconds that a run waits before its pause is saved: a run taken step by step is not saved at each step. */
const PAUSE = 300;
/** Milliseconds. A timer that is set to more fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Options of `train()`. */
export interface TrainOptions {
  signal?: AbortSignal;
  /** Saves the run in the browser's storage while it goes on; not if left out. */
  checkpoints?: CheckpointOptions;
}

/**
 * How a run is saved in the browser: every so often, when it is paused and when it ends. The newest two checkpoints
 * stay.
 */
export interface CheckpointOptions {
  /** The run's name for people. A run that is resumed keeps its name. */
  name: string;
  /** 30 if left out. */
  everySeconds?: number;
  /** Anything that can be written as JSON. `listCheckpoints()` gives it back. */
  about?: unknown;
  /** Called with each checkpoint that was saved. */
  onSaved?: (saved: StoredCheckpoint) => void;
  /**
   * Called with the reason when a checkpoint could not be saved; once per reason until a save succeeds. The run goes
   * on.
   */
  onNote?: (message: string) => void;
}

/** @throws ArgumentError */
export function checkCheckpointOptions(options: CheckpointOptions): void {
  expectObject('checkpoints', options, "Pass { name: 'My run', everySeconds: 30 }, for one.");
  const { name, everySeconds = 30, about } = options;
  if (typeof name !== 'string') throw wrong('checkpoints.name', `is ${describe(name)}. Pass a string.`);
  expectNumber('checkpoints.everySeconds', everySeconds, { above: 0 });
  try {
    JSON.stringify(about);
  } catch (cause) {
    throw wrong('checkpoints.about', `cannot be kept as JSON (${String(cause)}).`);
  }
}

/** Saves a run while it is on. A save that fails does not disturb the run. */
export class Autosave {
  readonly #session: Session;
  readonly #options: CheckpointOptions;
  #store: RunStore | undefined;
  readonly #noted = new Set<string>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #saving: { mark: string; saved: Promise<StoredCheckpoint | undefined> } | undefined;
  /** The save after that one, for all who asked for a save meanwhile. */
  #next: Promise<StoredCheckpoint | undefined> | undefined;
  #hasFailed = false;
  #last: { mark: string; saved: StoredCheckpoint } | undefined;

  private constructor(session: Session, options: CheckpointOptions) {
    this.#session = session;
    this.#options = options;
  }

  static async open(session: Session, options: CheckpointOptions): Promise<Autosave> {
    const autosave = new Autosave(session, options);
    try {
      autosave.#store = await RunStore.open(session.label?.run);
      // A finished run that is only restored is not marked active.
      if (session.step < session.totalSteps) await autosave.#store.markOn();
    } catch (error) {
      if (!autosave.#store) autosave.#note(error);
    }
    if (autosave.#store) autosave.#start(autosave.#store);
    return autosave;
  }

  /** Saves the run as it is, unless that has been done. @returns undefined where it could not be saved */
  save(): Promise<StoredCheckpoint | undefined> {
    const { mark } = this.#session;
    const before = this.#saving;
    if (!before) {
      const saved = this.#save().finally(() => {
        this.#saving = undefined;
      });
      this.#saving = { mark, saved };
      return saved;
    }
    if (before.mark === mark) return before.saved;
    // An earlier step is being written, and the run has gone on meanwhile.
    this.#next ??= before.saved.then(() => {
      this.#next = undefined;
      return this.save();
    });
    return this.#next;
  }

  /**
   * Saves the run's end, but not that of a run that failed: nobody knows how far its last update came.
   * @param failure what ended the run, unless it ended by itself
   */
  async close(failure: unknown): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#pause);
    const isStopped = failure === undefined || failure instanceof AbortError;
    this.#hasFailed = !isStopped;
    await (isStopped ? this.save() : (this.#next ?? this.#saving?.saved));
    // A run that diverged counts as over: it would diverge again.
    if (isStopped || failure instanceof DivergedError) await this.#store?.markOver().catch(() => {});
    this.#store?.close();
  }

  #start(store: RunStore): void {
    const { name, about, everySeconds = 30 } = this.#options;
    this.#session.label = { run: store.id, name, about };
    this.#session.onWait = () => {
      clearTimeout(this.#pause);
      this.#pause = setTimeout(() => void this.save(), PAUSE);
    };
    this.#timer = setInterval(() => void this.save(), Math.min(LONGEST_TIMER, 1000 * everySeconds));
  }

  async #save(): Promise<StoredCheckpoint | undefined> {
    if (!this.#store || this.#hasFailed) return undefined;
    const { mark, step, totalSteps } = this.#session;
    if (this.#last?.mark === mark) return this.#last.saved;
    let file: Blob;
    try {
      file = await this.#session.checkpoint();
    } catch {
      // A run that has diverged or lost its GPU throws that itself.
      return undefined;
    }
    const { name, about } = this.#options;
    const facts = { name, step, totalSteps, savedAt: Date.now(), about };
    try {
      const saved = await this.#store.save(file, facts);
      this.#last = { mark, saved };
      this.#noted.clear();
      tell(() => this.#options.onSaved?.(saved));
      return saved;
    } catch (error) {
      this.#note(error, file.size);
      return undefined;
    }
  }

  #note(error: unknown, bytes = 0): void {
    let why = error instanceof TabgradError ? error.message : String(error);
    if ((error as Error).name === 'QuotaExceededError') {
      why = `There is no room for the run's ${Math.ceil(bytes / 1e6)} MB: delete an older one, or a model that the browser keeps.`;
    }
    const note = `The run goes on, but is not kept. ${why}`;
    if (this.#noted.has(note)) return;
    this.#noted.add(note);
    tell(() => this.#options.onNote?.(note));
  }
}

function tell(work: () => void): void {
  try {
    work();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
