/** What a stored response was made of. */
interface Stored {
  status: number;
  headers: [string, string][];
  body: Uint8Array<ArrayBuffer>;
}

/**
 * The part of the Cache API that is used here, in memory: `put` reads the body to its end and then replaces as a
 * whole, refuses partial answers and has a quota; `match` gives a fresh Response each time.
 */
export class MemoryCaches {
  readonly #caches = new Map<string, Map<string, Stored>>();
  /** Bytes that bodies may take altogether. */
  quota = Number.POSITIVE_INFINITY;

  get bytes(): number {
    let bytes = 0;
    for (const cache of this.#caches.values()) for (const { body } of cache.values()) bytes += body.length;
    return bytes;
  }

  async has(name: string): Promise<boolean> {
    return this.#caches.has(name);
  }

  async open(name: string) {
    const entries = this.#caches.get(name) ?? new Map<string, Stored>();
    this.#caches.set(name, entries);
    const urlOf = (request: Request | string) => new Request(request).url;
    return {
      match: async (request: Request | string) => {
        const found = entries.get(urlOf(request));
        if (!found) return undefined;
        const { status, headers, body } = found;
        return new Response(body.length > 0 ? body.slice() : null, { status, headers });
      },
      put: async (request: Request | string, response: Response) => {
        if (response.status === 206) throw new TypeError('Partial response (status code 206) is unsupported');
        const body = new Uint8Array(await response.arrayBuffer());
        const before = entries.get(urlOf(request))?.body.length ?? 0;
        if (this.bytes - before + body.length > this.quota) {
          throw new DOMException('Quota exceeded.', 'QuotaExceededError');
        }
        entries.set(urlOf(request), { status: response.status, headers: [...response.headers], body });
      },
      delete: async (request: Request | string) => entries.delete(urlOf(request)),
      keys: async () => [...entries.keys()].map((url) => new Request(url)),
    };
  }
}
