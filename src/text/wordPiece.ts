import { expectObject, fault } from '../values/fault.ts';
import { quote } from '../values/quote.ts';
import { readVocabularyFile } from './vocabularyFile.ts';

type Json = Record<string, unknown>;

/** The files that describe the tokenizer of a repository without tokenizer.json. */
export interface WordPieceFiles {
  /** vocab.txt */
  vocabulary: Uint8Array;
  /** Content of tokenizer_config.json, with the special tokens of special_tokens_map.json. */
  config: Json;
  /** Content of added_tokens.json: token → id. */
  addedTokens?: unknown;
  /** `tokenizer_class` of config.json, used where tokenizer_config.json has none. */
  tokenizerClass?: unknown;
}

/** Tokenizer classes that work as BERT's does; BertJapaneseTokenizer, for one, does not. */
const bertClasses = /^(Bert|DistilBert|Electra|MobileBert|LayoutLM)Tokenizer(Fast)?$/;

/** The special tokens that every text needs. [MASK] may be missing, because nothing here writes it. */
const needed = {
  unk_token: '[UNK]',
  cls_token: '[CLS]',
  sep_token: '[SEP]',
  pad_token: '[PAD]',
} as const;

const config = 'tokenizer_config.json';

/**
 * Builds the content of the tokenizer.json that Python would write, with the tokens of vocab.txt.
 * @param mostTokens rows of the model's embedding table
 * @see https://huggingface.co/docs/tokenizers/pipeline
 */
export function wordPieceTokenizer(files: WordPieceFiles, mostTokens: number): Json {
  const settings = files.config;
  const named = settings.tokenizer_class ?? files.tokenizerClass ?? 'BertTokenizer';
  if (typeof named !== 'string' || !bertClasses.test(named)) {
    throw fault(
      config,
      `the tokenizer is a ${quote(named)}, and there is no tokenizer.json. From vocab.txt alone only BertTokenizer can be built: load the model with a current transformers in Python and save it again, which writes tokenizer.json`,
    );
  }
  const vocabulary = readVocabularyFile(files.vocabulary, mostTokens);
  const special = Object.fromEntries(
    Object.entries(needed).map(([key, fallback]) => [key, tokenText(settings[key], key) ?? fallback]),
  ) as Record<keyof typeof needed, string>;
  for (const [key, token] of Object.entries(special)) {
    if (vocabulary.has(token)) continue;
    throw fault(
      'vocab.txt',
      `it has no line ${quote(token)}, the ${key}: it is not BERT's, or ${config} is of another model`,
    );
  }
  const frame = (token: string) => ({ SpecialToken: { id: token, type_id: 0 } });
  const framed = (token: string) => [token, { id: token, ids: [vocabulary.get(token)!], tokens: [token] }];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokens(files, vocabulary, Object.values(special)),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: flag(settings, 'tokenize_chinese_chars') ?? true,
      strip_accents: flag(settings, 'strip_accents') ?? null,
      lowercase: flag(settings, 'do_lower_case') ?? true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [frame(special.cls_token), { Sequence: { id: 'A', type_id: 0 } }, frame(special.sep_token)],
      pair: [],
      special_tokens: Object.fromEntries([framed(special.cls_token), framed(special.sep_token)]),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: special.unk_token,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocabulary),
    },
  };
}

/**
 * Lists the tokens that are matched in a text as they stand. Those that vocab.txt lacks get the next free ids, in the
 * order of the ids that they are given, as in Python.
 */
function addedTokens(files: WordPieceFiles, vocabulary: Map<string, number>, special: string[]): Json[] {
  const settings = files.config;
  const found = new Map<string, Json>();
  const add = (content: string, normalized: boolean, isSpecial: boolean, given: Json = {}) => {
    if (content === '' || found.has(content)) return;
    found.set(content, {
      content,
      single_word: given.single_word === true,
      lstrip: given.lstrip === true,
      rstrip: given.rstrip === true,
      normalized,
      special: isSpecial,
    });
  };
  const decoder = settings.added_tokens_decoder;
  if (decoder !== undefined) {
    const entries = Object.entries(expectObject(decoder, config, 'added_tokens_decoder'));
    for (const [, token] of entries.sort(([a], [b]) => Number(a) - Number(b))) {
      const given = expectObject(token, config, 'a token of added_tokens_decoder');
      const content = tokenText(given, 'added_tokens_decoder') ?? '';
      add(content, given.normalized === true, given.special === true, given);
    }
  } else if (files.addedTokens !== undefined) {
    const pairs = Object.entries(expectObject(files.addedTokens, 'added_tokens.json'));
    for (const [token, id] of pairs) {
      if (typeof id !== 'number')
        throw fault('added_tokens.json', `the id of ${quote(token)} is ${quote(id)}`);
    }
    for (const [token] of pairs.sort(([, a], [, b]) => Number(a) - Number(b))) {
      add(token, !special.includes(token), special.includes(token));
    }
  }
  for (const token of special) add(token, false, true);
  const mask = tokenText(settings.mask_token, 'mask_token') ?? '[MASK]';
  if (vocabulary.has(mask)) add(mask, false, true);
  for (const key of ['additional_special_tokens', 'extra_special_tokens']) {
    const more = settings[key] ?? [];
    for (const token of Array.isArray(more) ? more : Object.values(expectObject(more, config, key))) {
      add(tokenText(token, key) ?? '', false, true);
    }
  }
  let next = 1 + [...vocabulary.values()].reduce((most, id) => Math.max(most, id), -1);
  return [...found].map(([content, token]) => ({ ...token, id: vocabulary.get(content) ?? next++ }));
}

/** Reads a token, which is a text or `{ content }`; undefined where there is none. */
function tokenText(token: unknown, key: string): string | undefined {
  if (token === undefined || token === null) return undefined;
  const text = typeof token === 'object' ? (token as Json).content : token;
  if (typeof text === 'string') return text;
  throw fault(config, `${key} is ${quote(token)}, not a token`);
}

function flag(settings: Json, key: string): boolean | undefined {
  const value = settings[key] ?? undefined;
  if (value === undefined || typeof value === 'boolean') return value;
  throw fault(config, `${key} is ${quote(value)}, not true or false`);
}
