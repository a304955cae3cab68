/**
 * Watches what JavaScript holds in a page and its workers: V8's heaps, and the memory outside of them that arrays
 * have. Not in it are Blobs (the browser's own process has those), GPU buffers, and memory that is on its way between
 * processes.
 * @param {import('playwright-core').CDPSession} session of the page
 * @returns {Promise<{ begin(): Promise<void>, peak(): number, stop(): void }>} `begin` collects the garbage and
 * forgets what was seen;
 *   `peak`: bytes of all threads together, the most since then
 */
export async function watchHeaps(session) {
  /** @type {Map<string, number>} by thread, what was last heard */
  const sizes = new Map();
  let most = 0;
  const hear = (/** @type {string} */ thread, /** @type {Usage} */ usage) => {
    sizes.set(thread, usage.usedSize + (usage.backingStorageSize ?? 0));
    most = Math.max(
      most,
      [...sizes.values()].reduce((sum, size) => sum + size, 0),
    );
  };
  session.on('Target.attachedToTarget', ({ sessionId }) => sizes.set(sessionId, 0));
  session.on('Target.detachedFromTarget', ({ sessionId }) => sizes.delete(sessionId));
  session.on('Target.receivedMessageFromTarget', ({ sessionId, message }) => {
    const { result } = JSON.parse(message);
    if (result?.usedSize && sizes.has(sessionId)) hear(sessionId, result);
  });
  await session.send('Target.setAutoAttach', {
    autoAttach: true,
    waitForDebuggerOnStart: false,
    flatten: false,
  });
  const tellWorkers = (/** @type {string} */ method) => {
    const message = JSON.stringify({ id: 1, method });
    for (const sessionId of sizes.keys()) {
      if (sessionId === PAGE) continue;
      session.send('Target.sendMessageToTarget', { sessionId, message }).catch(() => {});
    }
  };
  const timer = setInterval(async () => {
    tellWorkers('Runtime.getHeapUsage');
    await session.send('Runtime.getHeapUsage').then(
      (usage) => hear(PAGE, usage),
      () => {},
    );
  }, 100);
  return {
    async begin() {
      tellWorkers('HeapProfiler.collectGarbage');
      await session.send('HeapProfiler.collectGarbage');
      // The workers' turn, and a look at what is left.
      await new Promise((resolve) => setTimeout(resolve, 500));
      most = 0;
    },
    peak: () => most,
    stop: () => clearInterval(timer),
  };
}

const PAGE = 'page';

/** @typedef {{ usedSize: number, backingStorageSize?: number }} Usage */
