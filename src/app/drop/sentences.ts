import { addressOf } from '../address.ts';

/** Bytes of a file at most: a box of text is no place for more. */
const largest = 10e6;

/** Adds a file's lines to the box, in place of sentences that the reader did not write. @returns what failed */
export async function addSentences(file: File): Promise<string | undefined> {
  if (file.size > largest) {
    return `${file.name} has ${Math.round(file.size / 1e6)} MB; at most ${largest / 1e6} MB of sentences can be opened here.`;
  }
  const text = (await file.text()).replace(/^\ufeff/, '');
  if (text.includes('\0')) return `${file.name} is no text, in spite of its name.`;
  if (text.trim() === '') return `${file.name} has no sentence in it.`;
  location.hash = addressOf('embed');
  // The box is there once its view has been shown.
  await new Promise((shown) => requestAnimationFrame(() => setTimeout(shown)));
  const box = document.querySelector<HTMLTextAreaElement>('#sentences');
  if (!box) return `${file.name} could not be opened: there is no box for sentences.`;
  const before =
    box.value === box.defaultValue || box.value.trim() === '' ? '' : `${box.value.replace(/\n$/, '')}\n`;
  box.value = before + text.replace(/\r\n?/g, '\n');
  box.dispatchEvent(new InputEvent('input', { bubbles: true }));
  box.focus();
  return undefined;
}
