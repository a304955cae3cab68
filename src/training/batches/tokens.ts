import { defaultPrompt, tokenize } from '../../model/forward.ts';
import type { ModelState } from '../../model/state.ts';
import type { ResolvedExample } from '../options/examples.ts';
import type { TokenizedExample } from './tokenizedExample.ts';

/** Token ids of texts, with the model's default prompt in front as in `predict`. Each text is tokenized once. */
export class Tokens {
  readonly #core: ModelState;
  readonly #how: { maxLength: number; prompt: string };
  readonly #ids = new Map<string, number[]>();

  constructor(core: ModelState) {
    this.#core = core;
    this.#how = { maxLength: core.folder.repository.maxLength, prompt: defaultPrompt(core) };
  }

  /** Tokenizes the texts that are new. Messages, such as a stop, get their turn meanwhile. @throws AbortError */
  async read(examples: readonly ResolvedExample[], signal?: AbortSignal): Promise<void> {
    const all = new Set(examples.flatMap(({ texts }) => Object.values(texts)));
    const missing = [...all].filter((text) => !this.#ids.has(text));
    const encoded = await tokenize(this.#core, missing, { ...this.#how, signal });
    for (const [i, text] of missing.entries()) this.#ids.set(text, encoded[i]!.ids);
  }

  /** Examples with their ids; a text that was not read before is tokenized now. */
  of(examples: readonly ResolvedExample[]): TokenizedExample[] {
    return examples.map((example) => {
      const ids = Object.entries(example.texts).map(([name, text]) => [name, this.#idsOf(text)]);
      return { ...example, ids: Object.fromEntries(ids) };
    });
  }

  #idsOf(text: string): number[] {
    const known = this.#ids.get(text);
    if (known) return known;
    const { prompt, maxLength } = this.#how;
    const { ids } = this.#core.folder.tokenizer.encode(prompt + text, maxLength);
    this.#ids.set(text, ids);
    return ids;
  }
}
