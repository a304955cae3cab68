export interface Given {
  /** Files and their paths: `folder/1_Pooling/config.json`, or the name alone. */
  files: readonly { path: string; file: File }[];
  /** Names of the folders that were given, empty ones too. */
  folders: readonly string[];
  /** The folder, where a single one was given that can be opened again later. */
  handle?: FileSystemDirectoryHandle;
}

/** Files and folders at most. A model's folder has a few dozen. */
const most = 2000;

/** A file or folder: a handle of the File System Access API, an entry of the older API for drops, or the file. */
export type Walkable = FileSystemHandle | FileSystemEntry | File;

/**
 * Lists all files of folders and of the folders in them. Hidden ones such as `.git` are left out. No file is read.
 * @throws Error saying what to do where there are far too many; DOMException where the browser may not read one
 */
export async function walk(roots: readonly Walkable[]): Promise<Given> {
  const files: { path: string; file: File }[] = [];
  let seen = 0;
  const add = async (node: Walkable, path: string, top: string): Promise<void> => {
    seen += 1;
    if (seen > most) {
      throw new Error(
        `${top} has more than ${most} files and folders in it. Choose the model’s own folder, the one with config.json.`,
      );
    }
    if (!isFolder(node)) return void files.push({ path, file: await fileOf(node) });
    for await (const child of childrenOf(node)) {
      if (!child.name.startsWith('.')) await add(child, `${path}/${child.name}`, top);
    }
  };
  for (const root of roots) await add(root, root.name, root.name);
  const folders = roots.filter(isFolder).map(({ name }) => name);
  const [handle] = roots;
  const isOne = roots.length === 1 && handle instanceof FileSystemDirectoryHandle;
  return { files, folders, ...(isOne && { handle }) };
}

function isFolder(node: Walkable): node is FileSystemDirectoryHandle | FileSystemDirectoryEntry {
  if (node instanceof File) return false;
  return 'kind' in node ? node.kind === 'directory' : node.isDirectory;
}

async function fileOf(node: Walkable): Promise<File> {
  if (node instanceof File) return node;
  if ('kind' in node) return (node as FileSystemFileHandle).getFile();
  return new Promise((resolve, reject) => (node as FileSystemFileEntry).file(resolve, reject));
}

async function* childrenOf(
  folder: FileSystemDirectoryHandle | FileSystemDirectoryEntry,
): AsyncGenerator<Walkable> {
  if ('kind' in folder) return yield* folder.values();
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
