import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CDPSession, Page } from 'playwright-core';
import type { ModelFiles } from '../../src/types.ts';

/**
 * Files and folders of the disk, dragged over a page as from a file manager: the page gets real entries and handles.
 */
export interface Drag {
  over(x?: number, y?: number): Promise<unknown>;
  drop(): Promise<unknown>;
}

const sessions = new WeakMap<Page, Promise<CDPSession>>();

/** Begins to drag files, by their paths on the disk, over a page. */
export async function drag(page: Page, ...files: string[]): Promise<Drag> {
  if (!sessions.has(page)) sessions.set(page, page.context().newCDPSession(page));
  const devtools = await sessions.get(page)!;
  const send = (type: 'dragEnter' | 'dragOver' | 'drop', x: number, y: number) =>
    devtools.send('Input.dispatchDragEvent', {
      type,
      x,
      y,
      data: { items: [], files, dragOperationsMask: 1 },
    });
  await send('dragEnter', 300, 300);
  return {
    over: (x = 310, y = 310) => send('dragOver', x, y),
    drop: () => send('drop', 300, 300),
  };
}

export async function dropFiles(page: Page, ...files: string[]): Promise<void> {
  const held = await drag(page, ...files);
  await held.over();
  await held.drop();
}

/** Writes files below a folder of their own. @returns its path */
export async function onDisk(files: Record<string, ModelFiles[string] | string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tabgrad-'));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content as string | Uint8Array);
  }
  return folder;
}
