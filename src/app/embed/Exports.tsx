import { Button } from '../parts/Button.tsx';
import { collect, copy, save } from '../save.ts';
import { say } from './actions.ts';
import { csvParts, jsonParts, metadataTsvParts, npyParts, vectorsTsvParts } from './exports.ts';
import type { Result } from './state.ts';

/** The name, the media type and the parts of a file. */
type File = [name: string, type: string, parts: (result: Result) => Iterable<BlobPart>];

const downloads: Record<string, File[]> = {
  JSON: [['embeddings.json', 'application/json', jsonParts]],
  CSV: [['embeddings.csv', 'text/csv', csvParts]],
  '.npy': [['embeddings.npy', 'application/octet-stream', npyParts]],
  'Projector TSV': [
    ['vectors.tsv', 'text/tab-separated-values', vectorsTsvParts],
    ['metadata.tsv', 'text/tab-separated-values', metadataTsvParts],
  ],
};

export function Exports({ result }: { result: Result }) {
  return (
    <fieldset class="actions">
      <legend class="hidden">Copy or download the embeddings</legend>
      <Button label="Copy JSON" onClick={() => void copyJson(result)} />
      {Object.entries(downloads).map(([label, files]) => (
        <Button
          label={label}
          key={label}
          aria-label={`Download ${label}`}
          onClick={() => void download(result, files)}
        />
      ))}
    </fieldset>
  );
}

async function copyJson(result: Result): Promise<void> {
  if (await copy(jsonParts(result))) say('Copied the embeddings as JSON.');
  else say('The browser did not let the page copy. Download the JSON instead.', true);
}

async function download(result: Result, files: File[]): Promise<void> {
  for (const [name, type, parts] of files) save(name, await collect(parts(result), type));
  say(`Saved ${files.map(([name]) => name).join(' and ')}.`);
}
