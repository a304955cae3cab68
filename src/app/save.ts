import { inSlices } from './map/slices.ts';

/** Parts that are made one by one before the browser takes them over. */
const portion = 1000;

/** Collects the parts of a file without holding up the page, however many there are. */
export function collect(parts: Iterable<BlobPart>, type: string): Promise<Blob> {
  return inSlices(gather(parts, type));
}

function* gather(parts: Iterable<BlobPart>, type: string): Generator<void, Blob> {
  const blobs: Blob[] = [];
  const some: BlobPart[] = [];
  for (const part of parts) {
    some.push(part);
    if (some.length === portion) blobs.push(new Blob(some.splice(0)));
    yield;
  }
  return new Blob([...blobs, ...some], { type });
}

/** Hands a file to the browser's downloads. */
export function save(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download reads the URL after this turn.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Puts a text on the clipboard. @returns whether the browser let the page copy */
export async function copy(parts: Iterable<BlobPart>): Promise<boolean> {
  const type = 'text/plain';
  try {
    // The browser wants to be asked during the click, while the text is still being made.
    await navigator.clipboard.write([new ClipboardItem({ [type]: collect(parts, type) })]);
    return true;
  } catch {
    return false;
  }
}
