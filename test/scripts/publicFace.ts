import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * What the sources say of the library's public face, read as text: enough to see a reference that has fallen behind.
 */

/** A public export as its source declares it. */
export interface Declared {
  name: string;
  /** What its docstrings say, its own and those of its members, as {@link plain} text. */
  said: string[];
  /** Names of its members, where it is a class or an interface. */
  members: string[];
}

/** The exports of an entry point, each with its declaration, in whatever file that is. */
export function declaredBy(entry: string): Declared[] {
  const source = readFileSync(entry, 'utf8');
  const lists = [...source.matchAll(/^export (?:type )?\{([^}]+)\}(?: from '([^']+)')?;/gm)];
  const passedOn = lists.flatMap(([, names, from]) => {
    const file = from ?? new RegExp(`import \\{${names}\\} from '([^']+)'`).exec(source)?.[1];
    if (!file) throw new Error(`${entry} exports ${names}, and where that comes from is not seen.`);
    const text = readFileSync(join(dirname(entry), file), 'utf8');
    return names!.split(',').flatMap((name) => (name.trim() === '' ? [] : [declaration(text, name.trim())]));
  });
  const all = [...source.matchAll(/^export (?:type )?\* from '([^']+)';/gm)];
  const ofOthers = all.flatMap(([, from]) => declaredBy(join(dirname(entry), from!)));
  return [...ofOthers, ...passedOn, ...exportedNames(source).map((name) => declaration(source, name))];
}

/** What a file declares and exports by itself. */
export function exportedNames(source: string): string[] {
  const declared = /^export (?:async )?(?:class|interface|type|function\*?|const) (\w+)/gm;
  return [...source.matchAll(declared)].map(([, name]) => name!);
}

/** Markdown or a docstring without marks, links and line breaks. */
export function plain(text: string): string {
  return text
    .replace(/\{@link ([^}]+)\}/g, '$1')
    .replace(/\[([^\]]+)\]\((?:#|tabgrad)[^)]*\)/g, '$1')
    .replace(/<br ?\/?>/g, ' ')
    .replace(/[`\\]/g, '')
    .replace(/\s+/g, ' ')
    .trim();
}

function declaration(source: string, name: string): Declared {
  const pattern = new RegExp(
    `((?:^/\\*\\*(?:(?!\\*/)[\\s\\S])*\\*/\\n)?)^export (?:async )?(class|interface|type|function\\*?|const) ${name}\\b`,
    'm',
  );
  const found = pattern.exec(source);
  if (!found) throw new Error(`${name} is exported, and its declaration is not seen.`);
  const [whole, own, kind] = found;
  const rest = source.slice(found.index + whole.length);
  const body = kind === 'class' || kind === 'interface' ? rest.slice(0, rest.search(/^\}/m)) : '';
  const isPublic = (doc: string, member: string) =>
    !doc.includes('@internal') && !/^(?:(?:static |async |get |\*)*#|private|constructor)/.test(member);
  const parts = [...body.matchAll(/^ {2}(?:(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\n {2})?([#\w][^\n]*)/gm)]
    .map(([, doc = '', member]) => ({ doc, member: member! }))
    .filter(({ doc, member }) => isPublic(doc, member));
  return {
    name,
    said: [own!, ...parts.map(({ doc }) => doc)].flatMap(sentences),
    members: parts.flatMap(({ member }) => {
      const [, called] = /^(?:static |readonly |async |get |\*)*(\w+)\??[:(<]/.exec(member) ?? [];
      return called ? [called] : [];
    }),
  };
}

/** A docstring's description, and what stands behind each of its tags. */
function sentences(doc: string): string[] {
  const text = doc.replace(/^\/\*\*|\*\/\s*$/g, '').replace(/^ *\* ?/gm, '');
  return text
    .split(/(?:^ *|(?<=\.) )@(?=[a-z])/m)
    .map((part, i) => (i === 0 ? part : part.replace(/^(?:param \w+|\w+)/, '')))
    .map(plain)
    .filter((part) => part !== '');
}
