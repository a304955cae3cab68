/** The version of a file on a server, as far as its headers tell. */
export interface Version {
  /** A strong ETag, with which a range can be asked for; undefined where there is none, or the body is compressed. */
  etag: string | undefined;
  /** Bytes of the whole file, or null where that is not certain. */
  total: number | null;
  isSameOrigin: boolean;
}

/** The version and the part of a file that a response brings. */
export interface ResponseVersion extends Version {
  /** Probable bytes of the whole file, for a progress bar; null where there is no guess. */
  announced: number | null;
  /** First byte of a range (status 206); undefined where the header is hidden, NaN where it makes no sense. */
  begin: number | undefined;
}

/**
 * Reads a response's headers. Another origin's server may hide that it compresses, so there only `x-linked-size`, the
 * hub's length of a large file, is certain. On the page's own origin an uncompressed body's content-length is, too.
 */
export function versionOf(response: Response): ResponseVersion {
  const { headers } = response;
  const isSameOrigin = response.type !== 'cors';
  const isPlain = (headers.get('content-encoding') ?? 'identity') === 'identity';
  const length = isPlain ? countOf(headers.get('content-length')) : null;
  const linked = countOf(headers.get('x-linked-size'));
  const etag = headers.get('etag');
  const given = response.status === 206 ? headers.get('content-range') : null;
  const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(given ?? '');
  const whole = response.status === 206 ? countOf(range?.[2] ?? null) : isSameOrigin ? length : null;
  return {
    etag: isPlain && etag !== null && /^"/.test(etag) ? etag : undefined,
    total: range ? whole : (linked ?? whole),
    isSameOrigin,
    announced: linked ?? length,
    begin: given === null ? undefined : range ? Number(range[1]) : Number.NaN,
  };
}

/** Whether a range (status 206) begins where it was asked to and is of the same version of the file. */
export function isSameVersion(answer: ResponseVersion, asked: Version & { from: number }): boolean {
  return (
    // A server of another origin may hide the range: then only the ETag is compared.
    (answer.begin ?? asked.from) === asked.from &&
    answer.etag === asked.etag &&
    (asked.total === null || answer.total === null || answer.total === asked.total)
  );
}

function countOf(header: string | null): number | null {
  return header !== null && /^\d+$/.test(header) ? Number(header) : null;
}
