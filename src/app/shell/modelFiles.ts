import type { ModelFiles } from '../../types.ts';
import { unzipModel } from '../../worker/client.ts';

/** A model from the reader's disk. */
interface NamedFiles {
  name: string;
  files: ModelFiles;
}

/** The files of a chosen folder, by their paths inside it. */
export function readFolder(files: readonly File[]): NamedFiles {
  const [folder = 'model'] = files[0]!.webkitRelativePath.split('/');
  return {
    name: folder,
    files: Object.fromEntries(files.map((file) => [inside(file.webkitRelativePath), file])),
  };
}

/** @throws ModelFormatError for what is no zip, or one that is not to be trusted */
export async function readZip(file: File): Promise<NamedFiles> {
  return { name: file.name.replace(/\.zip$/i, ''), files: await unzipModel(file) };
}

function inside(path: string): string {
  return path.slice(path.indexOf('/') + 1);
}
