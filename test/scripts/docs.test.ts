import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { brokenLinks } from '../../scripts/docs/links.js';
import { tidy } from '../../scripts/docs/tidy.js';
import { type Declared, declaredBy, exportedNames, plain } from './publicFace.ts';

const folder = fileURLToPath(new URL('../../docs/api', import.meta.url));

describe('brokenLinks', () => {
  it('finds headings, repeated ones and anchors, on the page and on others', () => {
    const pages = new Map([
      ['a.md', '# Top\n\n## resume()\n\n## resume()\n\n[1](#resume) [2](#resume-1) [3](b.md#here) [4](b.md)'],
      ['b.md', '<a id="here"></a> [5](a.md#top) [6](https://example.org/#x)'],
    ]);
    expect(brokenLinks(pages)).toEqual([]);
  });

  it('tells what leads nowhere', () => {
    const pages = new Map([['a.md', '# Top\n\n[1](#resume) [2](b.md) [3](#top-1)']]);
    expect(brokenLinks(pages)).toEqual(['a.md: #resume', 'a.md: b.md', 'a.md: #top-1']);
  });
});

describe('tidy', () => {
  const member = (name: string, rest: string) => `##### ${name}()\n\n> **${name}**(): \`void\`\n\n${rest}`;

  it('leaves out what the signature says, and keeps what is said of it', () => {
    expect(tidy(member('a', '###### Returns\n\n`void`\n'))).not.toContain('Returns');
    expect(tidy(member('a', '###### Returns\n\n`number`\n\nhow many\n'))).toContain('**Returns** how many');
    expect(tidy(member('a', '###### Implementation of\n\n[`B`](#b)\n'))).not.toContain('#b');
  });

  it('puts what is thrown under one word', () => {
    const page = tidy(member('a', '###### Throws\n\nOne\n\n###### Throws\n\nTwo\n'));
    expect(page).toContain('**Throws:**\n\nOne\n\nTwo');
  });

  it('puts errors last, without their constructors', () => {
    const error =
      '### AnError\n\nBad.\n\n#### Constructors\n\n##### Constructor\n\nnew\n\n#### Properties\n\nwhy';
    const page = tidy(
      `# x\n\n## Classes\n\n${error}\n\n***\n\n### Model\n\nGood.\n\n## Functions\n\n### f()\n`,
    );
    expect(page).toBe(
      '# x\n\n## Classes\n\n### Model\n\nGood.\n\n## Functions\n\n### f()\n\n## Errors\n\n### AnError\n\nBad.\n\n#### Properties\n\nwhy\n',
    );
  });
});

describe('docs/api', () => {
  it('has a page for each entry point, no broken link, and nothing of the machine that made it', async () => {
    const names = (await readdir(folder)).sort();
    expect(names).toEqual(['README.md', 'tabgrad.md', 'tabgrad.worker.md']);
    const pages = new Map<string, string>();
    for (const name of names) pages.set(name, await readFile(join(folder, name), 'utf8'));
    expect(brokenLinks(pages)).toEqual([]);
    const all = [...pages.values()].join('\n');
    for (const name of ['SentenceTransformer', 'Trainer', 'encode()', 'zipModel()', 'WorkerError']) {
      expect(all).toMatch(new RegExp(`^#{3,5} ${name.replace('()', '\\(\\)')}$`, 'm'));
    }
    expect(all).not.toMatch(/node_modules|\/home\/|\{@link|__namedParameters|Defined in/);
  });

  it.each([
    ['tabgrad.md', 'src/index.ts'],
    ['tabgrad.worker.md', 'src/worker/client.ts'],
  ])('%s says what the docstrings say: if not, `npm run docs` is due', async (page, entry) => {
    const sections = sectionsOf(await readFile(join(folder, page), 'utf8'));
    const declared = declaredBy(entry);
    expect(declared.length).toBeGreaterThan(20);
    expect([...sections.keys()].sort()).toEqual(declared.map(({ name }) => name).sort());
    expect(declared.flatMap((each) => missing(each, sections.get(each.name)!))).toEqual([]);
  });

  it('would be seen to have fallen behind', () => {
    const [embeddings] = declaredBy('src/index.ts').filter(({ name }) => name === 'Embeddings');
    expect(embeddings!.members).toEqual(['data', 'shape', 'tokens', 'truncated']);
    expect(missing(embeddings!, 'Embeddings of n texts. data shape tokens')).toEqual([
      'Embeddings: Row-major, n × dimension.',
      'Embeddings: Number of tokens that each text was embedded with, counting [CLS], [SEP] and the prompt.',
      'Embeddings: Indices of the texts that were cut.',
      'Embeddings: truncated',
    ]);
  });
});

/** What of an export its section does not have. */
function missing({ name, said, members }: Declared, section: string): string[] {
  if (section.startsWith('Re-exports')) return [];
  const names = new Set(section.match(/\w+/g));
  return [
    ...said.filter((text) => !section.includes(text)),
    ...members.filter((member) => !names.has(member)),
  ].map((what) => `${name}: ${what}`);
}

/** A page's sections as plain text, by the export that each is about. */
function sectionsOf(page: string): Map<string, string> {
  const parts = page.split(/^(?:### |## .*$)/m).slice(1);
  return new Map(
    parts.flatMap((part) => {
      const [title = '', ...lines] = part.split('\n');
      return title === '' ? [] : [[title.replace(/\(\)$/, ''), plain(lines.join('\n'))] as const];
    }),
  );
}

describe("the library's face", () => {
  const namesOf = (entry: string) => new Set(declaredBy(entry).map(({ name }) => name));

  it('is the same in this thread and in a worker, but for zips and what the worker adds', () => {
    const [main, worker] = [namesOf('src/index.ts'), namesOf('src/worker/client.ts')];
    // These pack and unpack in the thread that calls them; the worker's client has its own, which hold up nobody.
    expect([...main].filter((name) => !worker.has(name)).sort()).toEqual(['unzip', 'zipFiles', 'zipStream']);
    expect([...worker].filter((name) => !main.has(name)).sort()).toEqual([
      'WorkerError',
      'unzipModel',
      'zipModel',
    ]);
  });

  it.each([
    ['errors.ts', /^(?:PlainError|toPlainError|fromPlainError|WorkerError|abortError|throwIfAborted)$/],
    ['types.ts', /^BertConfig$/],
  ])('has all of src/%s but what is for the library alone', async (file, inner) => {
    const index = new Set(declaredBy('src/index.ts').map(({ name }) => name));
    const left = exportedNames(await readFile(`src/${file}`, 'utf8')).filter((name) => !index.has(name));
    expect(left.filter((name) => !inner.test(name))).toEqual([]);
    expect([...index].filter((name) => inner.test(name))).toEqual([]);
  });
});
