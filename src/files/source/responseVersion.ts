/** Which version of a file a server has, as far as it lets us know. */
export interface Version {
  /** A strong ETag, so that a range of it can be asked for; undefined where there is none, or ranges make no sense. */
  etag: string | undefined;
  /** Bytes of the whole file, or null where nobody can be sure. */
  total: number | null;
  isSameOrigin: boolean;
}

/** What the headers of an answer say. */
export interface ResponseVersion extends Version {
  /** Bytes that the whole file will have as far as it can be guessed: for a bar, not for a check. */
  announced: number | null;
  /** Of status 206: first byte; undefined where the server does not let us see it, NaN where it makes no sense. */
  begin: number | undefined;
}

/**
 * Reads an answer's headers. Another origin may compress without letting us see that, so there only `x-linked-size`, the
 * hub's length of a large file, is taken for sure. On one's own origin content-length is, where nothing is compressed.
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

/** Whether a range (status 206) goes on where we are, in the same version of the file. */
export function isSameVersion(answer: ResponseVersion, asked: Version & { from: number }): boolean {
  return (
    // Across origins a server need not let us see the range: then the ETag alone must do.
    (answer.begin ?? asked.from) === asked.from &&
    answer.etag === asked.etag &&
    (asked.total === null || answer.total === null || answer.total === asked.total)
  );
}

function countOf(header: string | null): number | null {
  return header !== null && /^\d+$/.test(header) ? Number(header) : null;
}
