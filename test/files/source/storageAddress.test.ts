import { describe, expect, it } from 'vitest';
import { isSameVersion, versionOf } from '../../../src/files/source/responseVersion.ts';
import { fileUrl, isHubId, nameOf, storageAddressOf } from '../../../src/files/source/storageAddress.ts';

describe('isHubId', () => {
  it.each(['sentence-transformers/bert-base-nli-mean-tokens', 'a/b', 'BAAI/bge-small-en-v1.5', 'o/_x'])(
    'takes %s',
    (source) => {
      expect(isHubId(source)).toBe(true);
    },
  );
  it.each([
    ...['/weights/m', './weights/m', '../m', 'weights/sub/m', 'weights/m/', 'm', 'http://a/b', 'a:b/c'],
    ...['a/b?x', 'a b/c', '../..', './a', 'a/..', '', 'a//b', '-a/b', 'C:\\a/b', 'file:a/b', 'a/b#c'],
  ])('and not %j', (source) => {
    expect(isHubId(source)).toBe(false);
  });
});

describe('storageAddressOf', () => {
  it('knows the public hub and main', () => {
    const address = storageAddressOf('sentence-transformers/all-MiniLM-L6-v2', {});
    expect(fileUrl(address, '1_Pooling/config.json')).toBe(
      'https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2/resolve/main/1_Pooling/config.json',
    );
    expect(fileUrl(address, '%2e%2e/a b?c#d')).toMatch(/\/resolve\/main\/%252e%252e\/a%20b%3Fc%23d$/);
    expect(nameOf(address)).toBe('sentence-transformers/all-MiniLM-L6-v2 (main) on huggingface.co');
  });
});

describe('isSameVersion', () => {
  const asked = { etag: '"v1"', total: 100, isSameOrigin: true, from: 40 };
  const answered = (headers: Record<string, string>) =>
    isSameVersion(versionOf(new Response('', { status: 206, headers })), asked);

  it.each([
    [{ etag: '"v1"', 'content-range': 'bytes 40-99/100' }, true],
    [{ etag: '"v1"' }, true],
    [{ etag: '"v2"', 'content-range': 'bytes 40-99/100' }, false],
    [{ 'content-range': 'bytes 40-99/100' }, false],
    [{ etag: '"v1"', 'content-range': 'bytes 0-99/100' }, false],
    [{ etag: '"v1"', 'content-range': 'bytes 40-98/99' }, false],
    [{ etag: 'W/"v1"', 'content-range': 'bytes 40-99/100' }, false],
    [{ etag: '"v1"', 'content-encoding': 'gzip' }, false],
  ])('after %j: %s', (headers, expected) => {
    expect(answered(headers as Record<string, string>)).toBe(expected);
  });
});
