import { describe, expect, it } from 'vitest';
import { contentOf, type FilePart, filesOf, PIECE, partsIn, partsOf } from '../../src/files/fileParts.ts';
import type { SavedFile } from '../../src/types.ts';
import { turns } from '../support/waiting.ts';

/** Two files of three pieces and an empty one between them, and how many parts have been made of them. */
function counted(failAt = Number.POSITIVE_INFINITY) {
  const seen = { made: 0, isOver: false };
  async function* parts(): AsyncGenerator<FilePart, void, void> {
    try {
      for (const [path, pieces] of [
        ['a', 3],
        ['b/empty', 0],
        ['c', 3],
      ] as const) {
        seen.made++;
        yield { type: 'file', path, bytes: 2 * pieces };
        for (let i = 0; i < pieces; i++) {
          if (++seen.made === failAt) throw new RangeError('no more');
          yield { type: 'piece', data: Uint8Array.of(i, path.charCodeAt(0)) };
        }
      }
    } finally {
      seen.isOver = true;
    }
  }
  return { seen, files: filesOf(parts()) };
}

async function next(files: AsyncGenerator<SavedFile, void, void>): Promise<SavedFile> {
  return (await files.next()).value ?? expect.unreachable('no further file');
}

const a = Uint8Array.of(0, 97, 1, 97, 2, 97);
const c = Uint8Array.of(0, 99, 1, 99, 2, 99);

describe('files of parts', () => {
  it('are made as they are read, no part before somebody wants it', async () => {
    const { seen, files } = counted();
    expect(seen.made).toBe(0);
    const { stream, ...facts } = await next(files);
    expect(facts).toEqual({ path: 'a', bytes: 6 });
    await turns();
    expect(seen.made).toBe(1);
    const reader = stream.getReader();
    for (let read = 1; read <= 3; read++) {
      await reader.read();
      expect(seen.made).toBe(1 + read);
    }
    expect((await reader.read()).done).toBe(true);
    expect(seen.made).toBe(4);
    expect(await contentOf(await next(files))).toEqual(new Uint8Array());
    expect(await contentOf(await next(files))).toEqual(c);
    expect((await files.next()).done).toBe(true);
    expect(seen.isOver).toBe(true);
  });

  it('may be left out, whole, begun, or cancelled', async () => {
    for (const begin of [
      () => {},
      ({ stream }: SavedFile) => stream.getReader().read(),
      ({ stream }: SavedFile) => stream.cancel(),
    ]) {
      const { files } = counted();
      await begin(await next(files));
      expect(await next(files)).toMatchObject({ path: 'b/empty' });
      expect(await contentOf(await next(files))).toEqual(c);
    }
  });

  it('say so when they are read too late, also while a piece is on its way', async () => {
    const { files } = counted();
    const first = await next(files);
    const reader = first.stream.getReader();
    const underWay = reader.read();
    const second = files.next();
    await expect(underWay).rejects.toMatchObject({ name: 'TabgradError', path: 'a' });
    await expect(reader.read()).rejects.toThrow(/can be read until the next file is asked for/);
    expect((await second).value).toMatchObject({ path: 'b/empty' });
    expect(await contentOf(await next(files))).toEqual(c);
  });

  it('end what makes them when the loop is left, whatever is under way', async () => {
    const { seen, files } = counted();
    for await (const { stream } of files) {
      void stream
        .getReader()
        .read()
        .catch(() => {});
      break;
    }
    expect(seen.isOver).toBe(true);
    expect(seen.made).toBeLessThanOrEqual(2);
  });

  it('fail as what makes them does, and stay failed', async () => {
    const { seen, files } = counted(3);
    const { stream } = await next(files);
    const reader = stream.getReader();
    await reader.read();
    await expect(reader.read()).rejects.toThrow(/no more/);
    await expect(files.next()).rejects.toThrow(/no more/);
    expect(seen.isOver).toBe(true);
    expect((await files.next()).done).toBe(true);
  });

  it('of a map are its files by path, in copies', async () => {
    const large = new Uint8Array(PIECE + 5).fill(7);
    const files = new Map([
      ['z', Uint8Array.of(1, 2, 3).subarray(1)],
      ['a', large],
    ]);
    const seen: [string, Uint8Array][] = [];
    let most = 0;
    for await (const part of partsOf(filesOf(partsIn(files)))) {
      if (part.type === 'file') seen.push([part.path, new Uint8Array()]);
      else {
        seen.at(-1)![1] = Buffer.concat([seen.at(-1)![1], part.data]);
        expect(part.data.buffer.byteLength).toBe(part.data.byteLength);
        most = Math.max(most, part.data.length);
        part.data.fill(0);
      }
    }
    expect(seen.map(([path]) => path)).toEqual(['a', 'z']);
    expect(Buffer.compare(seen[0]![1], large)).toBe(0);
    expect([...seen[1]![1]]).toEqual([2, 3]);
    expect(most).toBe(PIECE);
  });
});

describe('a content', () => {
  it('is refused when it is shorter or longer than announced', async () => {
    const file = (bytes: number): SavedFile => ({ path: 'a', bytes, stream: new Blob([a]).stream() });
    expect(await contentOf(file(6))).toEqual(a);
    await expect(contentOf(file(7))).rejects.toThrow('a has 6 bytes, and 7 were announced');
    await expect(contentOf(file(5))).rejects.toThrow('a has 6 bytes, and 5 were announced');
  });

  it('that ends before its time is no file', async () => {
    async function* parts(): AsyncGenerator<FilePart, void, void> {
      yield { type: 'file', path: 'a', bytes: 6 };
      yield { type: 'piece', data: a.slice(0, 2) };
    }
    for await (const file of filesOf(parts())) {
      await expect(contentOf(file)).rejects.toThrow('a ends before its 6 bytes');
      break;
    }
  });
});
