import { ModelFormatError } from '../errors.ts';
import { asObject, quote } from './json.ts';

const file = 'modules.json';

/** The chain that modules.json describes. */
export interface Modules {
  /** Folder of the encoder's files, '' or ending in a slash. */
  transformer: string;
  /** Folder of the pooling's config.json, ending in a slash. */
  pooling: string;
  normalize: boolean;
}

/**
 * @param value content of modules.json: a list of `{ type, path }`
 * @throws ModelFormatError if the chain is not Transformer, Pooling and, if it likes, Normalize
 */
export function readModules(value: unknown): Modules {
  if (!Array.isArray(value)) throw bad(`it holds ${quote(value)}, not a list`);
  const modules = value.map((entry: unknown) => {
    const { type, path } = asObject(entry, file);
    return { kind: kindOf(type), path: folderOf(path) };
  });
  const chain = modules.map(({ kind }) => kind).join(' → ');
  const [transformer, pooling] = modules;
  if (!transformer || !pooling || !/^Transformer → Pooling( → Normalize)*$/.test(chain)) {
    throw bad(
      `the modules are ${chain || 'none'}. Transformer → Pooling → Normalize works, or without Normalize`,
    );
  }
  return { transformer: transformer.path, pooling: pooling.path, normalize: modules.length > 2 };
}

/** The class is known by its last word: the package it lives in has moved between releases. */
function kindOf(type: unknown): string {
  const kind = /^sentence_transformers\.(?:\w+\.)*(Transformer|Pooling|Normalize)$/.exec(String(type))?.[1];
  if (kind) return kind;
  throw bad(
    `the module ${quote(type)} is not known. Transformer, Pooling and Normalize of sentence_transformers work`,
  );
}

function folderOf(path: unknown): string {
  if (path === '' || path === '.') return '';
  if (typeof path !== 'string' || /^\/|\\|(^|\/)\.\.(\/|$)|:/.test(path)) {
    throw bad(`the path ${quote(path)} is not a folder inside the model's`);
  }
  return path.endsWith('/') ? path : `${path}/`;
}

function bad(what: string): ModelFormatError {
  return new ModelFormatError(`${file}: ${what}.`, { file });
}
