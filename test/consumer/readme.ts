import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './packed.ts';

export interface Block {
  language: string;
  code: string;
}

/** The code blocks of the repository's README, in their order. */
export function readmeBlocks(): Block[] {
  const text = readFileSync(join(root, 'README.md'), 'utf8');
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language, code]) => ({
    language: language!,
    code: code!,
  }));
}

/** Its TypeScript blocks as one module: a later one goes on from those before, as a reader would. */
export function readmeModule(): string {
  const blocks = readmeBlocks().filter(({ language }) => language === 'ts');
  return `${blocks.map(({ code }) => code).join('\n')}\nexport {};\n`;
}
