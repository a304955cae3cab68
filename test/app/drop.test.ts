import { describe, expect, it } from 'vitest';
import { useOf } from '../../src/app/drop/kinds.ts';
import { missingFiles, modelRoots } from '../../src/app/drop/modelFolder.ts';
import { type Given, type Walkable, walk } from '../../src/app/drop/walk.ts';

/** What the page makes of files and folders that it is given. */

const file = (name: string, content = '') => new File([content], name);
const given = (paths: string[], folders: string[] = []): Given => ({
  files: paths.map((path) => ({ path, file: file(path.split('/').at(-1)!) })),
  folders,
});
const modelPaths = ['config.json', 'modules.json', '1_Pooling/config.json', 'model.safetensors', 'vocab.txt'];
const inside = (folder: string, paths = modelPaths) => paths.map((path) => `${folder}/${path}`);

describe('what is given', () => {
  it('is a model where it is its folder, whatever else lies around it', () => {
    const use = useOf(
      given([...inside('home/mine'), 'home/notes.csv', 'home/mine/heads/a/config.json'], ['home']),
    );
    expect(use).toMatchObject({ kind: 'model', name: 'mine', isFlat: false });
    expect(Object.keys((use as { files: object }).files)).toEqual([...modelPaths, 'heads/a/config.json']);
  });

  it('is a model where it is all that is in the folder, or files without one', () => {
    expect(useOf(given(modelPaths, ['1_Pooling']))).toMatchObject({ kind: 'model', isFlat: true });
    expect(useOf(given(['tokenizer.json', 'data.csv']))).toMatchObject({ kind: 'model', isFlat: true });
  });

  it('is no model where there are two: both are named', () => {
    const use = useOf(given([...inside('runs/a'), ...inside('runs/b')], ['runs']));
    expect(use).toMatchObject({ kind: 'none', problem: expect.stringMatching(/2 models.*runs\/a, runs\/b/) });
  });

  it.each([
    ['my.zip', 'zip'],
    ['a.CSV', 'examples'],
    ['a.tsv', 'examples'],
    ['a.jsonl', 'examples'],
    ['rows.json', 'examples'],
    ['a.txt', 'sentences'],
    ['vocab.txt', 'model'],
    ['config.json', 'model'],
    ['model.onnx', 'model'],
    ['photo.png', 'none'],
    ['noending', 'none'],
  ])('%s is %s', (name, kind) => {
    expect(useOf(given([name])).kind).toBe(kind);
  });

  it.each([
    [given([], ['empty']), /The folder empty is empty/],
    [given(['docs/a.md'], ['docs']), /The folder docs has no config\.json in it/],
    [given(['a.csv', 'b.csv']), /2 files were given \(a\.csv, b\.csv\).*One at a time/],
    [given(['photo.png']), /photo\.png cannot be opened here\. What works: a model.*CSV.*TXT/],
    [given([]), /Nothing/],
  ])('that is of no use is named, with what would be: %#', (some, problem) => {
    expect(useOf(some)).toMatchObject({ kind: 'none', problem: expect.stringMatching(problem) });
  });
});

describe('a model’s own folder', () => {
  it('is the shallowest with a modules.json, else with a config.json', () => {
    expect(modelRoots(['a/b/modules.json', 'a/config.json'])).toEqual(['a/b/']);
    expect(modelRoots(['a/config.json', 'a/1_Pooling/config.json'])).toEqual(['a/']);
    expect(modelRoots(['x/notconfig.json'])).toEqual([]);
  });
});

describe('what a model lacks', () => {
  const modules = JSON.stringify(
    ['Transformer', 'Pooling', 'Normalize'].map((kind, i) => ({
      type: `sentence_transformers.models.${kind}`,
      path: i === 0 ? '' : `${i}_${kind}`,
    })),
  );
  const blobs = (files: Record<string, string>) =>
    Object.fromEntries(Object.entries(files).map(([path, text]) => [path, new Blob([text])]));

  it.each([
    [{ 'config.json': '{}' }, ['model.safetensors', 'tokenizer.json (or vocab.txt)']],
    [{ 'config.json': '{}', 'model.safetensors': '', 'vocab.txt': '' }, []],
    [{ 'config.json': '{}', 'model.safetensors.index.json': '{}', 'tokenizer.json': '{}' }, []],
    [
      { 'config.json': '{}', 'modules.json': modules, 'model.safetensors': '', 'vocab.txt': '' },
      ['1_Pooling/config.json'],
    ],
    [
      {
        'modules.json': modules.replace('"path":""', '"path":"0_Transformer"'),
        '1_Pooling/config.json': '{}',
      },
      ['config.json', 'model.safetensors', 'tokenizer.json (or vocab.txt)'].map(
        (path) => `0_Transformer/${path}`,
      ),
    ],
    // Of another kind, in pickle, or broken: the library says more.
    [{ 'config.json': '{"model_type":"roberta"}' }, []],
    [{ 'config.json': '{}', 'pytorch_model.bin': '', 'vocab.txt': '' }, []],
    [{ 'config.json': '{', 'modules.json': '[null, 1]', 'model.safetensors': '', 'vocab.txt': '' }, []],
  ])('is found: %#', async (files, missing) => {
    expect(await missingFiles(blobs(files as Record<string, string>))).toEqual(missing);
  });
});

/** An entry as browsers give them for drops: children come in batches of 100. */
function entry(name: string, children?: Walkable[]): Walkable {
  if (!children) {
    return { isDirectory: false, name, file: (give: (given: File) => void) => give(file(name)) } as never;
  }
  const createReader = () => {
    const left = [...children];
    return { readEntries: (give: (batch: Walkable[]) => void) => give(left.splice(0, 100)) };
  };
  return { isDirectory: true, name, createReader } as never;
}

describe('a walk', () => {
  it('finds all batches and all folders in folders, and leaves hidden ones out', async () => {
    const many = Array.from({ length: 250 }, (_, i) => entry(`${i}.txt`));
    const { files, folders } = await walk([
      entry('top', [entry('deep', [entry('er', many)]), entry('.git', many)]),
      entry('a.csv'),
    ]);
    expect(folders).toEqual(['top']);
    expect(files).toHaveLength(251);
    expect(files.map(({ path }) => path)).toContain('top/deep/er/249.txt');
  });

  it('ends where it goes on and on, in breadth or in depth', async () => {
    const createReader = () => ({
      readEntries: (give: (batch: Walkable[]) => void) => give([entry('a.txt')]),
    });
    const broad = { isDirectory: true, name: 'more', createReader } as never;
    await expect(walk([broad])).rejects.toThrow(/more has more than 2000 files.*config\.json/);
    const deep: { [key: string]: unknown } = { isDirectory: true, name: 'deep' };
    deep.createReader = () => ({ readEntries: (give: (batch: unknown[]) => void) => give([deep]) });
    await expect(walk([deep as never])).rejects.toThrow(/deep has more than 2000/);
  });
});
