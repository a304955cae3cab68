import { ArgumentError, throwIfAborted } from '../../errors.ts';
import type { ModelFiles } from '../../types.ts';
import { type FileReader, missingFile, type SourceOptions } from './reader.ts';

/** Reads files in memory; their paths may begin with a folder. @throws ArgumentError if something is no file */
export function filesReader(files: ModelFiles, { signal }: SourceOptions): FileReader {
  for (const [path, file] of Object.entries(files)) {
    if (file instanceof Blob || file instanceof Uint8Array) continue;
    throw new ArgumentError(`The file ${path} is neither a Blob nor a Uint8Array.`, { argument: path });
  }
  const paths = Object.keys(files);
  const root = modelFolder(paths);
  return {
    label: `the ${paths.length} files given (${shortList(paths)})`,
    pythonSource: '"its folder"',
    async read(path) {
      throwIfAborted(signal);
      if (!Object.hasOwn(files, root + path)) throw missingFile(path, this.label);
      return files[root + path]!;
    },
    has: async (path) => Object.hasOwn(files, root + path),
  };
}

/** The files that stand beside a model's config.json. */
const companions = [
  ...['model.safetensors', 'model.safetensors.index.json', 'pytorch_model.bin'],
  ...['tokenizer.json', 'vocab.txt'],
];

/**
 * Finds the model's folder, the shallowest first: one with a modules.json; else with a config.json next to weights
 * or a tokenizer; else with a config.json.
 */
function modelFolder(paths: readonly string[]): string {
  const given = new Set(paths);
  const foldersOf = (name: string) =>
    paths
      .filter((path) => path === name || path.endsWith(`/${name}`))
      .map((path) => path.slice(0, path.length - name.length))
      .sort((a, b) => a.split('/').length - b.split('/').length);
  const withConfig = foldersOf('config.json');
  const isModel = (folder: string) => companions.some((name) => given.has(folder + name));
  return foldersOf('modules.json')[0] ?? withConfig.find(isModel) ?? withConfig[0] ?? '';
}

function shortList(paths: readonly string[]): string {
  if (paths.length === 0) return 'none';
  return paths.length > 12 ? `${paths.slice(0, 12).join(', ')}, …` : paths.join(', ');
}
