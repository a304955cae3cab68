import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const src = fileURLToPath(new URL('../src', import.meta.url));

/** Who may import whom, types included: a room is a folder of src/, or one of its four loose files. Everybody may import errors. */
const allowed: Record<string, string> = {
  errors: '',
  types: '',
  version: '',
  gpu: 'types',
  tensor: 'gpu',
  ops: 'types gpu tensor',
  nn: 'types gpu tensor ops',
  optim: 'gpu tensor',
  files: 'types',
  text: 'types files',
  data: '',
  architectures: 'types tensor ops nn files',
  repository: 'types files architectures',
  // The self-test is loaded when it is asked for.
  model: 'types version gpu tensor ops nn files text architectures repository selfTest',
  training: 'types version gpu tensor ops nn optim files text architectures repository model',
  selfTest: 'types gpu tensor ops optim text architectures model training',
  worker: 'types optim files data model training',
  index: 'types version optim files data model training',
  app: 'types architectures model worker',
};

interface Import {
  from: string;
  to: string;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
const imports = files.flatMap((from) => importsOf(from));

/** Static and dynamic imports, and re-exports, of files in src/. */
function importsOf(from: string): Import[] {
  const text = readFileSync(join(src, from), 'utf8');
  const specifiers = [...text.matchAll(/\b(?:from|import)\s*\(?\s*'(\.[\w./-]+\.tsx?)'/g)].map(
    ([, to]) => to!,
  );
  return specifiers.map((specifier) => {
    return { from, to: relative(src, join(src, dirname(from), specifier)) };
  });
}

function roomOf(file: string): string {
  return file.split('/')[0]!.replace(/\.ts$/, '');
}

describe('imports of src/', () => {
  it('are all of files that exist', () => {
    expect(imports.length).toBeGreaterThan(1000);
    expect(imports.filter(({ to }) => !existsSync(join(src, to)))).toEqual([]);
  });

  it('go only where the list allows', () => {
    const forbidden = imports.filter(({ from, to }) => {
      const [room, target] = [roomOf(from), roomOf(to)];
      return room !== target && target !== 'errors' && !allowed[room]?.split(' ').includes(target);
    });
    expect(forbidden.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  it('are all used by the list', () => {
    const used = new Set(imports.map(({ from, to }) => `${roomOf(from)} → ${roomOf(to)}`));
    const listed = Object.entries(allowed).flatMap(([room, targets]) =>
      targets.split(' ').flatMap((target) => (target ? [`${room} → ${target}`] : [])),
    );
    expect(listed.filter((arrow) => !used.has(arrow))).toEqual([]);
  });

  it('make no circles', () => {
    expect(circles()).toEqual([]);
  });

  it('are of a tree without crowds: at most 15 files a folder, four loose ones', () => {
    const inside = (folder: string) => files.filter((file) => dirname(file) === folder);
    const folders = [...new Set(files.map((file) => dirname(file)))];
    expect(folders.filter((folder) => inside(folder).length > 15)).toEqual([]);
    expect(inside('.').sort()).toEqual(['errors.ts', 'index.ts', 'types.ts', 'version.ts']);
  });
});

/** Each circle as the path that closes it. */
function circles(): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: string[]) => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(' → '));
    if (done.has(file) || path.includes(file)) return;
    for (const { from, to } of imports) if (from === file) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  return found;
}
