import { defaultPrompt, tokenize } from '../../model/forward.ts';
import type { ModelCore } from '../../model/state.ts';
import type { ResolvedExample } from '../options/examples.ts';
import type { TokenizedExample } from './vocabulary.ts';

/** Token ids by text, the model's default prompt in front as for `predict`: each text is tokenized once. */
export class Tokens {
  readonly #core: ModelCore;
  readonly #maxLength: number;
  readonly #prompt: string;
  readonly #ids = new Map<string, number[]>();

  constructor(core: ModelCore, maxLength: number) {
    this.#core = core;
    this.#maxLength = maxLength;
    this.#prompt = defaultPrompt(core);
  }

  /** Tokenizes what is new; messages, such as a stop, get their turn meanwhile. @throws AbortError */
  async read(examples: readonly ResolvedExample[], signal?: AbortSignal): Promise<void> {
    const missing = [...new Set(examples.map(({ text }) => text))].filter((text) => !this.#ids.has(text));
    const encoded = await tokenize(this.#core, missing, {
      maxLength: this.#maxLength,
      prompt: this.#prompt,
      signal,
    });
    for (const [i, text] of missing.entries()) this.#ids.set(text, encoded[i]!.ids);
  }

  /** Examples with their ids; a text that was not read before is tokenized now. */
  of(examples: readonly ResolvedExample[]): TokenizedExample[] {
    return examples.map((example) => {
      const known = this.#ids.get(example.text);
      const ids = known ?? this.#encode(example.text);
      if (!known) this.#ids.set(example.text, ids);
      return { ...example, ids };
    });
  }
  #encode(text: string): number[] {
    return this.#core.folder.tokenizer.encode(this.#prompt + text, this.#maxLength).ids;
  }
}
