import { openAsBlob } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { root } from '../lib/run.js';
import { watchHeaps } from './heaps.js';
import { watchMemory } from './memory.js';
import { training, trial } from './scenario.js';
import { serveFolder } from './server.js';

/**
 * The same in a page whose model is in a worker: loaded from a server, saved to the browser's own folder (which a
 * page writes to as to one on the disk) and as a zip that is downloaded, then loaded from that folder, and from the
 * cache.
 * @param {string} folder of the model
 * @param {string} out gets the zip's files in `saved`
 * @param {(path: string) => Promise<unknown>} load a module of the repository
 * @param {(place: string, facts: Record<string, unknown>) => void} report
 */
export async function inChromium(folder, out, load, report) {
  const { buildDoor } = /** @type {typeof import('../../test/page/buildDoor.ts')} */ (
    await load('/test/page/buildDoor.ts')
  );
  const { launch } = /** @type {typeof import('../../test/page/browser.ts')} */ (
    await load('/test/page/browser.ts')
  );
  const site = 'test-results/largeModel/door';
  await buildDoor(site);
  const server = createServer(serveFolder(folder, '/model/', serveFolder(join(root, site), '/')));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const browser = await launch();
  const memory = watchMemory(process.pid);
  try {
    const page = await browser.newPage({ acceptDownloads: true });
    page.setDefaultTimeout(600_000);
    await page.goto(`http://127.0.0.1:${port}/`);
    const heaps = await watchHeaps(await page.context().newCDPSession(page));
    /**
     * @template T
     * @param {string} name
     * @param {() => Promise<T>} work
     */
    const phase = async (name, work) => {
      await heaps.begin();
      memory.peak();
      const start = performance.now();
      const result = await work();
      const seconds = (performance.now() - start) / 1000;
      report('Chromium', { phase: name, seconds, heap: heaps.peak(), resident: memory.peak() });
      return result;
    };
    const model = await phase('load from a server', () => page.evaluateHandle(loadModel, '/model/'));
    const losses = await phase('two steps', () => model.evaluate(train, training));
    await phase('save to a folder', () => model.evaluate(saveToFolder));
    const download = page.waitForEvent('download');
    const zip = await phase('save as a zip', () => model.evaluateHandle(downloadZip));
    const zipFile = join(out, 'saved.zip');
    await (await download).saveAs(zipFile);
    const before = await model.evaluate(predict, trial);
    const adapter = await model.evaluate(({ adapter }) => adapter.description);
    await model.evaluate((model) => model.dispose());
    const again = await phase('load from that folder', () => page.evaluateHandle(loadFolder));
    const after = await again.evaluate(predict, trial);
    await again.evaluate((model) => model.dispose());
    const unpacked = await phase('load from the zip', () => zip.evaluateHandle(loadZip));
    await unpacked.evaluate((model) => model.dispose());
    const last = await phase('load from the cache', () => page.evaluateHandle(loadModel, '/model/'));
    await phase('for comparison: save() in memory', () => last.evaluate(saveInMemory));
    heaps.stop();
    const isSame = JSON.stringify(before) === JSON.stringify(after);
    report('Chromium', { version: browser.version(), adapter, losses, isSame });
    await unpack(zipFile, join(out, 'saved'), load);
  } finally {
    memory.stop();
    await browser.close();
    server.close();
  }
}

/** @param {string} source */
function loadModel(source) {
  return window.door.SentenceTransformer.fromPretrained(source);
}

/**
 * @param {Model} model
 * @param {typeof training} options
 */
async function train(model, options) {
  const losses = [];
  for await (const event of new window.door.Trainer(model, options).train()) {
    if (event.type === 'step') losses.push(event.loss);
  }
  return losses;
}

/** @param {Model} model */
async function saveToFolder(model) {
  const top = await navigator.storage.getDirectory();
  const saved = await top.getDirectoryHandle('saved', { create: true });
  for await (const { path, stream } of model.saveStream()) {
    let folder = saved;
    const parts = path.split('/');
    for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part, { create: true });
    const file = await folder.getFileHandle(parts.at(-1) ?? '', { create: true });
    await stream.pipeTo(await file.createWritable());
  }
}

/** @param {Model} model */
async function downloadZip(model) {
  const zip = await window.door.zipModel(model.saveStream(), 'saved');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(zip);
  link.download = 'saved.zip';
  link.click();
  return zip;
}

/** @param {Blob} zip */
async function loadZip(zip) {
  return window.door.SentenceTransformer.fromPretrained(await window.door.unzipModel(zip));
}

/** @param {Model} model */
async function saveInMemory(model) {
  await model.save();
}

async function loadFolder() {
  /** @type {Record<string, Blob>} */
  const files = {};
  const collect = async (/** @type {FileSystemDirectoryHandle} */ folder, /** @type {string} */ path) => {
    for await (const [name, handle] of folder.entries()) {
      if (handle instanceof FileSystemDirectoryHandle) await collect(handle, `${path}${name}/`);
      else files[path + name] = await /** @type {FileSystemFileHandle} */ (handle).getFile();
    }
  };
  const top = await navigator.storage.getDirectory();
  await collect(await top.getDirectoryHandle('saved'), '');
  return window.door.SentenceTransformer.fromPretrained(files);
}

/**
 * @param {Model} model
 * @param {string[]} texts
 */
async function predict(model, texts) {
  const predictions = await model.predict(texts);
  return Object.values(predictions).map(({ probabilities }) => [...probabilities.data]);
}

/**
 * @param {string} zip
 * @param {string} folder
 * @param {(path: string) => Promise<unknown>} load
 */
async function unpack(zip, folder, load) {
  const { unzip } = /** @type {typeof import('../../src/files/zip/unzip.ts')} */ (
    await load('/src/files/zip/unzip.ts')
  );
  for (const [path, content] of Object.entries(await unzip(await openAsBlob(zip)))) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content.stream());
  }
}

/** @typedef {import('../../src/worker/client.ts').SentenceTransformer} Model */
