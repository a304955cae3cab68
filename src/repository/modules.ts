import { asObject } from '../files/json.ts';
import { fault } from '../values/fault.ts';
import { quote } from '../values/quote.ts';

const file = 'modules.json';

export interface Modules {
  /** Folder of the encoder's files, '' or ending in a slash. */
  transformer: string;
  /** Folder of the pooling's config.json, ending in a slash. */
  pooling: string;
  /** Folders of the Dense modules, in their order, each ending in a slash. */
  dense: string[];
  normalize: boolean;
}

const works = 'Transformer → Pooling → Normalize works, with Dense modules before Normalize or without, too';

/**
 * Reads the chain of modules in modules.json, a list of `{ type, path }`.
 * @throws ModelFormatError if the chain is not Transformer, Pooling, any number of Dense, and Normalize or not
 */
export function readModules(value: unknown): Modules {
  if (!Array.isArray(value)) throw fault(file, `it holds ${quote(value)}, not a list`);
  const modules = value.map((entry: unknown) => {
    const { type, path } = asObject(entry, file);
    return { kind: kindOf(type), path: folderOf(path) };
  });
  const chain = modules.map(({ kind }) => kind).join(' → ');
  const [transformer, pooling] = modules;
  if (
    !transformer ||
    !pooling ||
    !/^Transformer → Pooling(?: → Dense)*(?: → Normalize)*$/.test(chain) ||
    modules.length > MOST_MODULES
  ) {
    throw fault(file, `the modules are ${shorten(chain) || 'none'}. ${works}`);
  }
  const dense = modules.filter(({ kind }) => kind === 'Dense').map(({ path }) => path);
  // Otherwise a short list could make a large file be read many times.
  if (new Set(dense).size < dense.length) throw fault(file, 'two Dense modules are in one folder');
  return {
    transformer: transformer.path,
    pooling: pooling.path,
    dense,
    normalize: modules.at(-1)?.kind === 'Normalize',
  };
}

/** More modules than any model has. */
const MOST_MODULES = 32;

/**
 * The kind of a module is the last word of its class: the packages of the classes have moved between releases
 * (`sentence_transformers.models.Dense`, `sentence_transformers.base.modules.dense.Dense`).
 */
function kindOf(type: unknown): string {
  const name = typeof type === 'string' ? type : '';
  const kind = /^sentence_transformers\.(?:\w+\.)*(\w+)$/.exec(name)?.[1];
  if (kind && /^(Transformer|Pooling|Dense|Normalize)$/.test(kind)) return kind;
  const why = kind ? `a ${kind}, which does not run here` : 'not known: it is none of sentence_transformers';
  throw fault(file, `the module ${quote(type)} is ${why}. ${works}`);
}

function folderOf(path: unknown): string {
  if (path === '' || path === '.') return '';
  if (typeof path !== 'string' || path.length > 200 || /^\/|\\|(^|\/)\.\.(\/|$)|:/.test(path)) {
    throw fault(file, `the path ${quote(path)} is not a folder inside the model's`);
  }
  return path.endsWith('/') ? path : `${path}/`;
}

function shorten(chain: string): string {
  return chain.length > 200 ? `${chain.slice(0, 200)}…` : chain;
}
