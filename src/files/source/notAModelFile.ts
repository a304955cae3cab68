import { isObject } from '../../values/isObject.ts';

/** Most bytes of an error message. */
const longestMessage = 16_384;

/** Keys of the messages that gateways and hubs send; no file of a model has only these. */
const messageKeys = ['error', 'errors', 'message', 'detail', 'title'];
const companionKeys = ['status', 'statuscode', 'code', 'type', 'instance', 'requestid', 'url', 'timestamp'];

/** Whether a response is an HTML page by its headers: no file of a model is one. */
export function saysHtml(response: Response): boolean {
  return response.headers.get('content-type')?.toLowerCase().startsWith('text/html') ?? false;
}

const page = /^\s*<(!doctype|!--|html|head|body|title|meta|script|\?xml)/i;

/** Whether a file is an HTML or XML page, whatever its server called it. */
export async function isPage(file: Blob): Promise<boolean> {
  return page.test(await file.slice(0, 64).text());
}

/**
 * Recognizes a Git LFS pointer, a web page or a zip in the place of JSON or safetensors; undefined for all else. No
 * JSON file begins like these, and no safetensors file: their first bytes would be the length of a header far beyond
 * the format's limit.
 * @param bytes the file's first 64, or more
 */
export function foreignKind(bytes: Uint8Array): string | undefined {
  const start = new TextDecoder().decode(bytes.subarray(0, 64));
  if (start.startsWith('version https://git-lfs')) {
    return 'a Git LFS pointer, which only says where the file lies: "git lfs pull" in its repository brings it';
  }
  if (page.test(start)) return 'a web page that was saved in its place: download it again';
  const isZip = start.startsWith('PK\u0003\u0004') && !start.startsWith('\0\0\0\0', 4);
  if (isZip) return "a zip archive, as PyTorch's own files are";
  return undefined;
}

/** The text of an error message that a server sent as JSON with status 200; undefined for any other file. */
export async function errorMessage(file: Blob): Promise<string | undefined> {
  if (file.size > longestMessage) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(await file.text());
  } catch {
    return undefined;
  }
  if (!isObject(value)) return undefined;
  const entries = Object.entries(value).map(([key, content]) => [key.toLowerCase(), content] as const);
  const isMessage = entries.every(([key]) => messageKeys.includes(key) || companionKeys.includes(key));
  const said = entries.find(([key]) => messageKeys.includes(key))?.[1];
  if (!isMessage || said === undefined) return undefined;
  return (typeof said === 'string' ? said : JSON.stringify(said)).slice(0, 200);
}
