import { modelTypes } from '../../architectures/modelTypes.ts';

/** Files by their paths in the model's folder. */
export type FolderFiles = Record<string, Blob>;

const weights = 'model.safetensors';
const names = new Set([
  ...['config.json', 'modules.json', 'sentence_bert_config.json', 'config_sentence_transformers.json'],
  ...['tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json', 'added_tokens.json', 'vocab.txt'],
  `${weights}.index.json`,
]);

export function isModelFile(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return names.has(name) || /\.(safetensors|bin|pt|pth|ckpt|h5|onnx|gguf|msgpack)$/i.test(name);
}

/**
 * Finds the folders of models: the shallowest with a modules.json, else with a config.json. There may be several.
 * @returns their paths, '' or with a slash at the end
 */
export function modelRoots(paths: readonly string[]): string[] {
  for (const name of ['modules.json', 'config.json']) {
    const roots = paths
      .filter((path) => path === name || path.endsWith(`/${name}`))
      .map((path) => path.slice(0, path.length - name.length));
    const depth = (root: string) => root.split('/').length;
    const least = Math.min(...roots.map(depth));
    if (roots.length > 0) return roots.filter((root) => depth(root) === least);
  }
  return [];
}

export function below(files: FolderFiles, root: string): FolderFiles {
  return Object.fromEntries(
    Object.entries(files)
      .filter(([path]) => path.startsWith(root))
      .map(([path, file]) => [path.slice(root.length), file]),
  );
}

/**
 * Lists the files that a model needs and does not have. Where config.json names another kind of model, the list is
 * empty: the library says what is wrong with that.
 */
export async function missingFiles(files: FolderFiles): Promise<string[]> {
  const has = (path: string) => Object.hasOwn(files, path);
  const modules = await json(files['modules.json']);
  const chain = Array.isArray(modules) ? modules.map(moduleOf) : [];
  const at = chain.find(({ kind }) => kind === 'Transformer')?.folder ?? '';
  const config = await json(files[`${at}config.json`]);
  const type = (config as { model_type?: unknown } | undefined)?.model_type;
  if (typeof type === 'string' && !modelTypes.some((known) => known === type)) return [];
  const modulesWithConfig = chain.filter(({ kind }) => kind === 'Pooling' || kind === 'Dense');
  // The name of each in the list, and the files of which one will do.
  const needed: [string, string[]?][] = [
    [`${at}config.json`],
    ...modulesWithConfig.map(({ folder }): [string] => [`${folder}config.json`]),
    [at + weights, [at + weights, `${at}${weights}.index.json`, `${at}pytorch_model.bin`]],
    [`${at}tokenizer.json (or vocab.txt)`, [`${at}tokenizer.json`, `${at}vocab.txt`]],
  ];
  return needed.flatMap(([name, paths = [name]]) => (paths.some(has) ? [] : [name]));
}

function moduleOf(value: unknown): { kind: string; folder: string } {
  const { type, path } = (value ?? {}) as { type?: unknown; path?: unknown };
  const folder = typeof path === 'string' && path !== '' ? `${path.replace(/\/$/, '')}/` : '';
  return { kind: String(type).split('.').at(-1)!, folder };
}

/** Bytes of a config at most; most have a few thousand. */
const largestConfig = 1e6;

/** Reads a file of JSON; undefined where there is none, or no JSON: the library says what is wrong with it. */
async function json(file: Blob | undefined): Promise<unknown> {
  if (!file || file.size > largestConfig) return undefined;
  try {
    return JSON.parse(await file.text());
  } catch {
    return undefined;
  }
}
