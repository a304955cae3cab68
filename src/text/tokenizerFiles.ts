import { ModelFormatError } from '../errors.ts';

type Json = Record<string, unknown>;

/** How a BERT tokenizer cleans a text before it looks for words; the words are tokenizer.json's. */
export interface BertNormalizer {
  type: 'BertNormalizer';
  clean_text: boolean;
  handle_chinese_chars: boolean;
  /** null: accents go where the text is lower-cased. */
  strip_accents: boolean | null;
  lowercase: boolean;
}

export interface BertTokenizerFiles {
  /** tokenizer.json, its normalizer as Python would set it. */
  json: Json & { normalizer: BertNormalizer };
  config: Json;
  special: { pad: number; unk: number; cls: number; sep: number };
  /** Largest id plus one. */
  vocabularySize: number;
  /** Contents of the tokens that are found in a text as they stand. */
  addedTokens: string[];
}

/**
 * Checks that tokenizer.json and tokenizer_config.json describe a BERT tokenizer. The arguments are not changed.
 * @throws ModelFormatError naming the file and what is wrong with it
 */
export function readBertTokenizer(tokenizerJson: unknown, tokenizerConfig: unknown): BertTokenizerFiles {
  const json = asObject(tokenizerJson, 'tokenizer.json');
  const config = asObject(tokenizerConfig, 'tokenizer_config.json');
  const vocabulary = readVocabulary(json);
  const added = readAddedTokens(json);
  const idOf = new Map([...Object.entries(vocabulary), ...added]);
  if (partType(json, 'pre_tokenizer') !== 'BertPreTokenizer') {
    throw notBert(`pre_tokenizer is ${partType(json, 'pre_tokenizer')}, not BertPreTokenizer`);
  }
  return {
    json: { ...json, normalizer: readNormalizer(json, config) },
    config,
    special: {
      pad: specialId(config, 'pad_token', '[PAD]', idOf),
      unk: specialId(config, 'unk_token', '[UNK]', idOf),
      cls: specialId(config, 'cls_token', '[CLS]', idOf),
      sep: specialId(config, 'sep_token', '[SEP]', idOf),
    },
    vocabularySize: maximum(idOf.values()) + 1,
    addedTokens: added.map(([content]) => content),
  };
}

/** Files from before 2021 do not tag the model; `continuing_subword_prefix` without `merges` is WordPiece's mark. */
function readVocabulary(json: Json): Record<string, number> {
  const model = asObject(json.model, 'tokenizer.json', 'model');
  const type =
    model.type ?? ('continuing_subword_prefix' in model && !('merges' in model) ? 'WordPiece' : 'untagged');
  if (type !== 'WordPiece') throw notBert(`its model is ${String(type)}`);
  const vocabulary = asObject(model.vocab, 'tokenizer.json', 'model.vocab');
  for (const [token, id] of Object.entries(vocabulary)) checkId(id, `model.vocab[${JSON.stringify(token)}]`);
  return vocabulary as Record<string, number>;
}

function readAddedTokens(json: Json): [content: string, id: number][] {
  if (!Array.isArray(json.added_tokens)) throw bad('tokenizer.json', 'added_tokens is not an array');
  return json.added_tokens.map((entry: unknown, i) => {
    const { content, id } = asObject(entry, 'tokenizer.json', `added_tokens[${i}]`);
    if (typeof content !== 'string' || content === '') {
      throw bad('tokenizer.json', `added_tokens[${i}].content is not a text`);
    }
    checkId(id, `added_tokens[${i}].id`);
    return [content, id as number];
  });
}

/**
 * Python's BertTokenizer builds its normalizer from tokenizer_config.json and its own defaults, whatever tokenizer.json
 * says; other tokenizer classes take tokenizer.json's.
 */
function readNormalizer(json: Json, config: Json): BertNormalizer {
  const type = partType(json, 'normalizer');
  if (type !== 'BertNormalizer') throw notBert(`normalizer is ${type}, not BertNormalizer`);
  const own = json.normalizer as Json;
  const isBertClass = /^BertTokenizer(Fast)?$/.test(String(config.tokenizer_class ?? 'BertTokenizer'));
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

function specialId(config: Json, key: string, fallback: string, idOf: Map<string, number>): number {
  const given = config[key];
  const token =
    typeof given === 'string'
      ? given
      : given
        ? asObject(given, 'tokenizer_config.json', key).content
        : fallback;
  const id = idOf.get(String(token));
  if (id === undefined) {
    throw bad(
      'tokenizer.json',
      `the special token ${String(token)} (${key}) is in neither vocab nor added_tokens`,
    );
  }
  return id;
}

function partType(json: Json, part: string): string {
  const value = json[part];
  return value === null || value === undefined ? 'missing' : String((value as Json).type);
}

function checkId(id: unknown, where: string): void {
  if (!Number.isSafeInteger(id) || (id as number) < 0)
    throw bad('tokenizer.json', `${where} is ${String(id)}`);
}

function maximum(values: Iterable<number>): number {
  let largest = -1;
  for (const value of values) largest = Math.max(largest, value);
  return largest;
}

function asObject(value: unknown, file: string, where?: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw bad(file, where ? `${where} is not an object` : 'it is not an object');
}

function notBert(why: string): ModelFormatError {
  return bad('tokenizer.json', `${why}. Only BERT's WordPiece tokenizer works`);
}

function bad(file: string, what: string): ModelFormatError {
  return new ModelFormatError(`${file}: ${what}.`, { file });
}
