/** Milliseconds of work after which the page gets its turn. */
const slice = 12;

/** Collects the parts of a file without holding up the page, however many there are. */
export async function collect(parts: Iterable<BlobPart>, type: string): Promise<Blob> {
  const blobs: Blob[] = [];
  let some: BlobPart[] = [];
  let began = performance.now();
  for (const part of parts) {
    some.push(part);
    if (performance.now() - began < slice) continue;
    blobs.push(new Blob(some));
    some = [];
    await new Promise((resume) => setTimeout(resume));
    began = performance.now();
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

/** Puts text on the clipboard while it is still being made: the permission is tied to the click. */
export function copy(text: Promise<Blob>): Promise<void> {
  return navigator.clipboard.write([new ClipboardItem({ 'text/plain': text })]);
}
