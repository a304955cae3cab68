import { expectObject, fault } from '../values/fault.ts';
import { quote } from '../values/quote.ts';

type Json = Record<string, unknown>;

const bad = (what: string) => fault('tokenizer.json', what);
const notBert = (why: string) => bad(`${why}. Only BERT's WordPiece tokenizer works`);

/** Most characters of a word; BERT's words have up to 100. */
const MOST_CHARACTERS = 1000;

/** How a BERT tokenizer cleans a text before it looks for words, in tokenizer.json's terms. */
export interface BertNormalizer {
  type: 'BertNormalizer';
  clean_text: boolean;
  handle_chinese_chars: boolean;
  /** null: accents are stripped where the text is lower-cased. */
  strip_accents: boolean | null;
  lowercase: boolean;
}

export interface BertTokenizerFiles {
  /** tokenizer.json with the normalizer that Python would use. */
  json: Json & { normalizer: BertNormalizer };
  config: Json;
  special: { pad: number; unk: number; cls: number; sep: number };
  /** Largest id plus one. */
  vocabularySize: number;
  /** The tokens that are matched in a text as they stand. */
  addedTokens: string[];
}

/**
 * Checks that tokenizer.json and tokenizer_config.json, which stay unchanged, describe a BERT tokenizer.
 * @throws ModelFormatError naming the file and what is wrong with it
 */
export function readBertTokenizer(tokenizerJson: unknown, tokenizerConfig: unknown): BertTokenizerFiles {
  const json = expectObject(tokenizerJson, 'tokenizer.json');
  const config = expectObject(tokenizerConfig, 'tokenizer_config.json');
  const vocabulary = readVocabulary(json);
  const added = readAddedTokens(json);
  const idOf = new Map([...Object.entries(vocabulary), ...added]);
  checkModel(json.model as Json, idOf);
  checkType(json.pre_tokenizer, 'pre_tokenizer', 'BertPreTokenizer');
  return {
    json: { ...json, normalizer: readNormalizer(json, config) },
    config,
    special: {
      pad: specialId(config, 'pad_token', '[PAD]', idOf),
      unk: specialId(config, 'unk_token', '[UNK]', idOf),
      cls: specialId(config, 'cls_token', '[CLS]', idOf),
      sep: specialId(config, 'sep_token', '[SEP]', idOf),
    },
    vocabularySize: [...idOf.values()].reduce((most, id) => Math.max(most, id), -1) + 1,
    addedTokens: added.map(([content]) => content),
  };
}

/** Files from before 2021 do not name the model; `continuing_subword_prefix` without `merges` tells WordPiece. */
function readVocabulary(json: Json): Record<string, number> {
  const model = expectObject(json.model, 'tokenizer.json', 'model');
  const type =
    model.type ?? ('continuing_subword_prefix' in model && !('merges' in model) ? 'WordPiece' : 'untagged');
  if (type !== 'WordPiece') throw notBert(`its model is ${word(type)}`);
  const vocabulary = expectObject(model.vocab, 'tokenizer.json', 'model.vocab');
  for (const [token, id] of Object.entries(vocabulary)) checkId(id, () => `model.vocab[${quote(token)}]`);
  return vocabulary as Record<string, number>;
}

/** Checks the settings of WordPiece, none of which has a default. */
function checkModel(model: Json, idOf: ReadonlyMap<string, number>): void {
  const { unk_token: unknown, continuing_subword_prefix: prefix, max_input_chars_per_word: longest } = model;
  if (typeof unknown !== 'string' || !idOf.has(unknown))
    throw bad(`model.unk_token is ${quote(unknown)}, which is no token`);
  if (typeof prefix !== 'string')
    throw bad(`model.continuing_subword_prefix is ${quote(prefix)}, not a text`);
  // The time that a word takes grows with the square of its length.
  if (!Number.isSafeInteger(longest) || (longest as number) < 1 || (longest as number) > MOST_CHARACTERS)
    throw bad(`model.max_input_chars_per_word is ${quote(longest)}. Up to ${MOST_CHARACTERS} work`);
}

function readAddedTokens(json: Json): [content: string, id: number][] {
  if (!Array.isArray(json.added_tokens)) throw bad('added_tokens is not an array');
  return json.added_tokens.map((entry: unknown, i) => {
    const { content, id } = expectObject(entry, 'tokenizer.json', `added_tokens[${i}]`);
    if (typeof content !== 'string' || content === '') throw bad(`added_tokens[${i}].content is not a text`);
    checkId(id, () => `added_tokens[${i}].id`);
    return [content, id as number];
  });
}

/**
 * Reads the normalizer. Python's BertTokenizer builds it from tokenizer_config.json and its own defaults, whatever
 * tokenizer.json says; other tokenizer classes use tokenizer.json's.
 */
function readNormalizer(json: Json, config: Json): BertNormalizer {
  const own = withoutSequence(json.normalizer);
  checkType(own, 'normalizer', 'BertNormalizer');
  const isBertClass = ['BertTokenizer', 'BertTokenizerFast', undefined, null].includes(
    config.tokenizer_class as string,
  );
  const flag = (value: unknown) => (typeof value === 'boolean' ? value : undefined);
  return {
    type: 'BertNormalizer',
    clean_text: (isBertClass ? undefined : flag(own.clean_text)) ?? true,
    handle_chinese_chars:
      flag(isBertClass ? config.tokenize_chinese_chars : own.handle_chinese_chars) ?? true,
    strip_accents: flag(isBertClass ? config.strip_accents : own.strip_accents) ?? null,
    lowercase: flag(isBertClass ? config.do_lower_case : own.lowercase) ?? true,
  };
}

/**
 * Joins a Lowercase and a BertNormalizer, as sentence-transformers saves them where it is told to lower-case. Accents
 * are kept unless BertNormalizer itself strips them.
 */
function withoutSequence(normalizer: unknown): Json {
  const { type, normalizers } = (normalizer ?? {}) as Json;
  if (type !== 'Sequence' || !Array.isArray(normalizers) || normalizers.length !== 2)
    return normalizer as Json;
  const [lower, bert] = normalizers as (Json | null)[];
  if (lower?.type !== 'Lowercase' || bert?.type !== 'BertNormalizer') return normalizer as Json;
  return { ...bert, lowercase: true, strip_accents: bert.strip_accents ?? bert.lowercase !== false };
}

function specialId(config: Json, key: string, fallback: string, idOf: Map<string, number>): number {
  const given = config[key];
  const token =
    typeof given === 'string'
      ? given
      : given
        ? expectObject(given, 'tokenizer_config.json', key).content
        : fallback;
  const id = typeof token === 'string' ? idOf.get(token) : undefined;
  if (id !== undefined) return id;
  throw bad(`the special token ${quote(token)} (${key}) is in neither vocab nor added_tokens`);
}

function checkType(part: unknown, name: string, wanted: string): void {
  const { type } = (part ?? { type: 'missing' }) as Json;
  if (type !== wanted) throw notBert(`${name} is ${word(type)}, not ${wanted}`);
}

/** A type as messages show it, a text without its quotes. */
function word(type: unknown): string {
  return typeof type === 'string' ? type.slice(0, 100) : quote(type);
}

function checkId(id: unknown, where: () => string): void {
  if (!Number.isSafeInteger(id) || (id as number) < 0) throw bad(`${where()} is ${quote(id)}`);
}
