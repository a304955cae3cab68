import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** A file to which each process adds a line for each pipeline that it compiled. */
    pipelineLog: string;
  }
}

/** Around all kernel tests: says at their end how many pipelines they compiled. */
export default function setup(project: TestProject) {
  const folder = mkdtempSync(join(tmpdir(), 'tabgrad-pipelines-'));
  const log = join(folder, 'compiled');
  writeFileSync(log, '');
  project.provide('pipelineLog', log);
  return () => {
    const kinds = readFileSync(log, 'utf8').split('\n').slice(0, -1);
    console.log(`Pipelines compiled: ${kinds.length}, of which ${new Set(kinds).size} are distinct.`);
    rmSync(folder, { recursive: true });
  };
}
