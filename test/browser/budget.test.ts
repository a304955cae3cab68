import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parseAst } from 'vite';
import { describe, expect, it } from 'vitest';
import { builtPage, root } from '../page/server.ts';

const dist = resolve(root, builtPage);
/** Bytes of gzip JavaScript. */
const budget = 120_000;

/** What the browser fetches before the page runs: the scripts of index.html and, from there, all static imports. */
function firstLoad(): string[] {
  const html = readFileSync(join(dist, 'index.html'), 'utf8');
  const named = [...html.matchAll(/<(?:script|link)\b[^>]*?(?:src|href)="([^"]+\.js)"/g)];
  const files = new Set<string>();
  const visit = (file: string) => {
    if (files.has(file)) return;
    files.add(file);
    for (const statement of parseAst(readFileSync(file, 'utf8')).body) {
      if ('source' in statement && statement.source) visit(join(dirname(file), statement.source.value));
    }
  };
  for (const [, path] of named) visit(join(dist, path!));
  return [...files].map((file) => relative(dist, file));
}

const gzipped = (file: string) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;

describe('the first load', () => {
  const files = firstLoad();

  it('is at most 120 kB of gzip JavaScript', () => {
    const bytes = files.reduce((sum, file) => sum + gzipped(file), 0);
    const rest = readdirSync(join(dist, 'assets'))
      .filter((name) => name.endsWith('.js') && !files.includes(join('assets', name)))
      .map((name) => `${name} ${gzipped(join('assets', name))}`);
    console.info(
      `First load: ${bytes} B of gzip JavaScript (${files.join(', ')}). Later, or in workers: ${rest.join(', ')}.`,
    );
    expect(files.length).toBeGreaterThan(0);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThanOrEqual(budget);
  });

  it('has no chart library, no tokenizer and no shader in it', () => {
    const code = files.map((file) => readFileSync(join(dist, file), 'utf8')).join('\n');
    // Plot's class name, a normalizer of tokenizers, WGSL.
    for (const trace of ['plot-d6a7b5', 'BertNormalizer', '@workgroup_size']) {
      expect(code).not.toContain(trace);
    }
  });
});
