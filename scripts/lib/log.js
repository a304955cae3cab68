/** What the set-up scripts say, and how they end. */

/** A failure whose message is all that the reader needs: it is printed without a stack. */
export class SetupError extends Error {
  /** @param {string} message what happened, and what to do */
  constructor(message) {
    super(message);
    this.name = 'SetupError';
  }
}

/** @typedef {{ update(done: number): void, end(): void }} Progress `done` counts in the unit of the total */
/** @typedef {{ say(line: string): void, progress(label: string, totalBytes: number): Progress }} Log */

/**
 * Lines and progress on a stream: a bar that redraws itself on a terminal, a line for each 10 % elsewhere.
 * @param {{ write(text: string): unknown, isTTY?: boolean }} stream
 * @returns {Log}
 */
export function createLog(stream = process.stdout) {
  /** @param {string} line */
  const say = (line) => {
    stream.write(`${line}\n`);
  };
  return { say, progress: stream.isTTY ? bar : tenths };

  /** @param {string} label @param {number} totalBytes @returns {Progress} */
  function bar(label, totalBytes) {
    const width = 30;
    let drawnAt = 0;
    let drawn = false;
    return {
      update(done) {
        const now = Date.now();
        if (now - drawnAt < 100 && done < totalBytes) return;
        drawnAt = now;
        drawn = true;
        const filled = Math.round((width * Math.min(done, totalBytes)) / totalBytes);
        const drawing = '█'.repeat(filled) + '░'.repeat(width - filled);
        stream.write(`\r${label} ${drawing} ${megabytes(done)} of ${megabytes(totalBytes)} `);
      },
      end() {
        if (drawn) stream.write('\n');
      },
    };
  }

  /** @param {string} label @param {number} totalBytes @returns {Progress} */
  function tenths(label, totalBytes) {
    let said = 0;
    return {
      update(done) {
        const tenth = Math.floor((10 * done) / totalBytes);
        if (tenth <= said) return;
        said = tenth;
        say(`${label} ${10 * tenth} % (${megabytes(done)} of ${megabytes(totalBytes)})`);
      },
      end() {},
    };
  }
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * @param {number} start a value of `Date.now()`
 * @returns {string} the time since then, such as "2.4 s" or "1 min 5 s"
 */
export function since(start) {
  const seconds = (Date.now() - start) / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/**
 * Runs a script's body. A {@link SetupError} is printed as it is, anything else with its stack; both end with exit
 * status 1.
 * @param {() => Promise<void>} body
 */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    const text = error instanceof SetupError ? error.message : error instanceof Error ? error.stack : error;
    process.stderr.write(`\n${text}\n`);
    process.exitCode = 1;
  }
}
