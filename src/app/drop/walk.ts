/** A file that the reader gave, and its path: `folder/1_Pooling/config.json`, or its name alone. */
export interface GivenFile {
  path: string;
  file: File;
}

export interface Given {
  files: readonly GivenFile[];
  /** Names of the folders that were given, empty ones too. */
  folders: readonly string[];
  /** The folder, where a single one was given that can be opened again later. */
  handle?: FileSystemDirectoryHandle;
}

/** Files and folders at most. A model's folder has a few dozen. */
const most = 2000;

/** A file or folder: a handle of the File System Access API, or an entry of the older API for drops. */
export type Walkable = FileSystemHandle | FileSystemEntry;

/**
 * Lists all files of folders and of the folders in them. Hidden ones such as `.git` are left out. No file is read.
 * @throws Error saying what to do where there are far too many; DOMException where the browser may not read one
 */
export async function walk(roots: readonly Walkable[]): Promise<Given> {
  const files: GivenFile[] = [];
  let seen = 0;
  const add = async (node: Walkable, path: string, top: string): Promise<void> => {
    seen += 1;
    if (seen > most) {
      throw new Error(
        `${top} has more than ${most} files and folders in it. Choose the model’s own folder, the one with config.json.`,
      );
    }
    if (!isFolder(node)) {
      files.push({ path, file: await fileOf(node) });
      return;
    }
    for await (const child of childrenOf(node)) {
      if (!child.name.startsWith('.')) await add(child, `${path}/${child.name}`, top);
    }
  };
  for (const root of roots) await add(root, root.name, root.name);
  const [only] = roots;
  return {
    files,
    folders: roots.filter(isFolder).map(({ name }) => name),
    ...(roots.length === 1 && only instanceof FileSystemDirectoryHandle && { handle: only }),
  };
}

function isFolder(node: Walkable): node is FileSystemDirectoryHandle | FileSystemDirectoryEntry {
  return 'kind' in node ? node.kind === 'directory' : node.isDirectory;
}

async function fileOf(node: Walkable): Promise<File> {
  if ('kind' in node) return (node as FileSystemFileHandle).getFile();
  return new Promise((resolve, reject) => (node as FileSystemFileEntry).file(resolve, reject));
}

async function* childrenOf(
  folder: FileSystemDirectoryHandle | FileSystemDirectoryEntry,
): AsyncGenerator<Walkable> {
  if ('kind' in folder) {
    yield* folder.values();
    return;
  }
  const reader = folder.createReader();
  // The entries come in batches, of 100 in Chromium, with an empty batch at the end.
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (batch.length === 0) return;
    yield* batch;
  }
}
