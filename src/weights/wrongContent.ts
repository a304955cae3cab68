/** Longer than any message of an error, shorter than any file of weights. */
const longestMessage = 16_384;

/** Keys of the messages that gateways and hubs send; no file of a model has only these. */
const messageKeys = ['error', 'errors', 'message', 'detail', 'title'];
const companionKeys = ['status', 'statuscode', 'code', 'type', 'instance', 'requestid', 'url', 'timestamp'];

/** No file of a model is an HTML page. */
export function saysHtml(response: Response): boolean {
  return response.headers.get('content-type')?.toLowerCase().startsWith('text/html') ?? false;
}

/** Whether a file is an HTML or XML page, whatever its server called it. */
export async function isPage(file: Blob): Promise<boolean> {
  return /^\s*<(!doctype|html|head|body|\?xml)/i.test(await file.slice(0, 64).text());
}

/** What a JSON message of an error says, where that is all there is in a file. */
export async function errorMessage(file: Blob): Promise<string | undefined> {
  if (file.size > longestMessage) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(await file.text());
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value).map(([key, content]) => [key.toLowerCase(), content] as const);
  const isMessage = entries.every(([key]) => messageKeys.includes(key) || companionKeys.includes(key));
  const said = entries.find(([key]) => messageKeys.includes(key))?.[1];
  if (!isMessage || said === undefined) return undefined;
  return (typeof said === 'string' ? said : JSON.stringify(said)).slice(0, 200);
}
