import type { ModelCore } from '../core.ts';
import { tokenize } from '../running.ts';
import type { ResolvedExample } from './examples.ts';
import type { TokenizedExample } from './vocabulary.ts';

/** Token ids by text: each text is tokenized once. */
export class Tokens {
  readonly #core: ModelCore;
  readonly #maxLength: number;
  readonly #ids = new Map<string, number[]>();

  constructor(core: ModelCore, maxLength: number) {
    this.#core = core;
    this.#maxLength = maxLength;
  }

  /** Tokenizes what is new; messages, such as a stop, get their turn meanwhile. @throws AbortError */
  async read(examples: readonly ResolvedExample[], signal?: AbortSignal): Promise<void> {
    const missing = [...new Set(examples.map(({ text }) => text))].filter((text) => !this.#ids.has(text));
    const encoded = await tokenize(this.#core, missing, this.#maxLength, signal);
    for (const [i, text] of missing.entries()) this.#ids.set(text, encoded[i]!.ids);
  }

  /** Examples with their ids; a text that was not read before is tokenized now. */
  of(examples: readonly ResolvedExample[]): TokenizedExample[] {
    return examples.map((example) => {
      const known = this.#ids.get(example.text);
      const ids = known ?? this.#core.folder.tokenizer.encode(example.text, this.#maxLength).ids;
      if (!known) this.#ids.set(example.text, ids);
      return { ...example, ids };
    });
  }
}
