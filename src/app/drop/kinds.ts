import { below, type FolderFiles, isModelFile, modelRoots } from './modelFolder.ts';
import type { Given } from './walk.ts';

export interface GivenModel {
  name: string;
  files: FolderFiles;
  /** Whether the files were given without their folder. */
  isFlat: boolean;
}

const none = (problem: string): Use => ({ kind: 'none', problem });

export type Use =
  | ({ kind: 'model' } & GivenModel)
  | { kind: 'zip' | 'examples' | 'sentences'; file: File }
  | { kind: 'none'; problem: string };

export const expected =
  'What works: a model as its folder, its zip or its files; examples as CSV, TSV or JSONL; sentences as TXT.';

/** Decides what files are by their names alone; no file is read. */
export function useOf({ files, folders }: Given): Use {
  const all: FolderFiles = Object.fromEntries(files.map(({ path, file }) => [path, file]));
  const flat = files.filter(({ path }) => !path.includes('/'));
  if (flat.some(({ path }) => isModelFile(path))) {
    // All that is in a model's folder was given, without the folder itself: the folders in it belong to the model.
    return { kind: 'model', name: 'model', files: all, isFlat: true };
  }
  const paths = Object.keys(all);
  const roots = modelRoots(paths);
  if (roots.length > 1) {
    const names = list(roots.map((root) => root.slice(0, -1)));
    return none(`${roots.length} models were given: ${names}. Choose the folder of one.`);
  }
  const [root] = roots;
  if (root !== undefined) {
    const name = root.slice(0, -1).split('/').at(-1)!;
    return { kind: 'model', name, files: below(all, root), isFlat: false };
  }
  if (folders.length > 0) return none(aboutFolders(folders, paths));
  return useOfFiles(flat.map(({ file }) => file));
}

function useOfFiles(files: readonly File[]): Use {
  const [file] = files;
  if (!file) return none(`Nothing that can be opened was given. ${expected}`);
  if (files.length > 1) {
    const names = list(files.map(({ name }) => name));
    return none(
      `${files.length} files were given (${names}), which are no model. ${expected} One at a time.`,
    );
  }
  if (/\.zip$/i.test(file.name)) return { kind: 'zip', file };
  if (/\.(csv|tsv|tab|jsonl|ndjson|json)$/i.test(file.name)) return { kind: 'examples', file };
  if (/\.txt$/i.test(file.name)) return { kind: 'sentences', file };
  return none(`${file.name} cannot be opened here. ${expected}`);
}

function aboutFolders(folders: readonly string[], paths: readonly string[]): string {
  const isOne = folders.length === 1;
  const what = isOne ? `The folder ${folders[0]}` : `None of the folders ${list(folders)}`;
  if (paths.length === 0) return `${what} ${isOne ? 'is empty' : 'has a file in it'}.`;
  const has = isOne ? 'no config.json in it, so it is no model' : 'a config.json in it, so none is a model';
  return `${what} has ${has}. Choose a folder as sentence-transformers saves it. ${expected}`;
}

const mostNames = 4;

/** 'a, b, c, d, …' */
export function list(names: readonly string[]): string {
  return [...names.slice(0, mostNames), ...(names.length > mostNames ? ['…'] : [])].join(', ');
}
