import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { open } from '../drop/open.ts';
import { forgetFolder, listRecentFolders, mayRead, recentFolders } from '../drop/recentFolders.ts';
import { type Given, walk } from '../drop/walk.ts';
import { messageOf } from '../format.ts';
import { Button } from '../parts/Button.tsx';
import { Problem } from '../parts/Problem.tsx';
import { canPickFolder, pickFolder } from '../pickFolder.ts';

/** Opens models from the reader's disk. Where the browser has no picker of folders, an input element has to do. */
export function FromDisk() {
  const problem = useSignal('');
  const folderInput = useRef<HTMLInputElement>(null);
  const filesInput = useRef<HTMLInputElement>(null);
  useEffect(() => void listRecentFolders(), []);
  const take = async (gathering: Promise<Given>, name: string) => {
    problem.value = '';
    problem.value = (await open(gathering, name)) ?? '';
  };
  const chooseFolder = async () => {
    const input = folderInput.current!;
    if (!canPickFolder()) return input.click();
    try {
      const folder = await pickFolder('tabgrad-models', 'read');
      if (folder) void take(walk([folder]), folder.name);
    } catch {
      // The browser does not allow its picker here.
      input.click();
    }
  };
  const again = async (folder: FileSystemDirectoryHandle) => {
    try {
      if (await mayRead(folder)) await take(walk([folder]), folder.name);
      else problem.value = `The browser may not read ${folder.name}. Choose it with Folder…, or drop it.`;
    } catch (error) {
      problem.value = `${folder.name} could not be opened: ${messageOf(error)}`;
    }
  };
  const taken = ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
    const files = [...(currentTarget.files ?? [])];
    currentTarget.value = '';
    if (files.length > 0) void take(Promise.resolve(fromInput(files)), nameOf(files));
  };
  return (
    <>
      <h3>From your disk</h3>
      <div class="actions">
        <Button label="Folder…" onClick={() => void chooseFolder()} />
        <Button label="Zip or files…" onClick={() => filesInput.current!.click()} />
        {/* Every browser has webkitdirectory, but Preact's types do not. */}
        <input ref={folderInput} type="file" hidden {...{ webkitdirectory: true }} onChange={taken} />
        <input
          ref={filesInput}
          type="file"
          hidden
          multiple
          accept=".zip,.json,.safetensors,.txt"
          onChange={taken}
        />
      </div>
      {recentFolders.value.length > 0 && (
        <ul class="actions plain">
          {recentFolders.value.map((folder, i) => (
            <li key={i} class="chip">
              <Button label={folder.name} class="link" onClick={() => void again(folder)} />
              <Button
                label="✕"
                aria-label={`Forget ${folder.name}`}
                onClick={() => void forgetFolder(folder)}
              />
            </li>
          ))}
        </ul>
      )}
      <p class="muted">Or drop it anywhere on the page. Nothing is uploaded.</p>
      <Problem text={problem.value} />
    </>
  );
}

/** The files that an input element gives. Those of a folder have their paths in it. */
function fromInput(files: readonly File[]): Given {
  const given = files.map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  const folders = new Set(given.flatMap(({ path }) => (path.includes('/') ? path.split('/')[0]! : [])));
  return { files: given, folders: [...folders] };
}

function nameOf(files: readonly File[]): string {
  const [first] = files;
  if (first?.webkitRelativePath) return first.webkitRelativePath.split('/')[0]!;
  return files.length === 1 ? first!.name : 'What was chosen';
}
