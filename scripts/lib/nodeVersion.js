import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './log.js';
import { root } from './run.js';

/**
 * Throws a SetupError unless this Node is as new as package.json's `engines` asks.
 * @param {string} [version] such as "20.19.0"
 * @param {string} [wanted] such as ">=20.19"
 */
export function checkNode(version = process.versions.node, wanted = wantedNode()) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.replace(/^>=/, '').split('.').map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return;
  throw new SetupError(
    `This is Node ${version}; tabgrad needs ${wanted}. Install a newer Node from https://nodejs.org, then run the command again.`,
  );
}

function wantedNode() {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node;
}
