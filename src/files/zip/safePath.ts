/** Whether a path is relative, with slashes, and stays inside its folder on every system. */
export function isSafePath(path: string): boolean {
  return path
    .split('/')
    .every((part) => part !== '' && part !== '.' && part !== '..' && !hasOddCharacter(part));
}

/** Backslashes and colons mean something on Windows; control characters mean nothing good anywhere. */
function hasOddCharacter(name: string): boolean {
  return [...name].some((character) => character === '\\' || character === ':' || character < ' ');
}
