/**
 * Derives the entry of Debian's backports from a machine's own sources, in both of apt's formats (sources.list(5)).
 */

/** @typedef {{ path: string, text: string }} SourcesFile */

/**
 * The entry for `<codename>-backports` on the mirror that the machine already uses, with its keys and options.
 * @param {readonly SourcesFile[]} files all of apt's sources files
 * @param {string} codename such as "bookworm"
 * @returns {'present' | SourcesFile | undefined} 'present': nothing to add; undefined: no entry for `codename` to
 * derive it from
 */
export function backportsEntry(files, codename) {
  const backports = `${codename}-backports`;
  const entries = files.flatMap(({ path, text }) =>
    path.endsWith('.sources') ? stanzas(text) : lines(text),
  );
  if (entries.some(({ suites }) => suites.includes(backports))) return 'present';
  const base = entries.find(({ suites }) => suites.includes(codename));
  if (!base) return undefined;
  return {
    path: `/etc/apt/sources.list.d/tabgrad-backports.${base.format}`,
    text: `${base.withSuite(backports)}\n`,
  };
}

/**
 * @typedef {{ format: 'sources' | 'list', suites: string[], withSuite(suite: string): string }} Entry an enabled one,
 * of binary packages
 */

/** The deb822 format: stanzas of `Field: value`. @param {string} text @returns {Entry[]} */
function stanzas(text) {
  const withoutComments = text
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#'))
    .join('\n');
  return withoutComments.split(/\n[ \t]*\n/).flatMap((stanza) => {
    const fields = new Map(
      // A line that begins with a blank goes on with the field above it.
      stanza
        .trim()
        .split(/\n(?=\S)/)
        .map((field) => {
          const colon = field.indexOf(':');
          return [field.slice(0, colon).toLowerCase(), field];
        }),
    );
    /** @param {string} name */
    const words = (name) => {
      const field = fields.get(name) ?? ':';
      return field
        .slice(field.indexOf(':') + 1)
        .trim()
        .split(/\s+/);
    };
    const enabled = !/^(no|false|off|0|without|disable)$/i.test(words('enabled')[0] ?? '');
    if (!enabled || !words('types').includes('deb')) return [];
    /** @param {string} suite */
    const withSuite = (suite) =>
      [...fields]
        .map(([name, field]) => {
          if (name === 'types') return 'Types: deb';
          if (name === 'suites') return `Suites: ${suite}`;
          return name === 'components' ? 'Components: main' : field;
        })
        .join('\n');
    return [{ format: /** @type {const} */ ('sources'), suites: words('suites'), withSuite }];
  });
}

/** The classic format: `deb [options] uri suite component…`. @param {string} text @returns {Entry[]} */
function lines(text) {
  return text.split(/\r?\n/).flatMap((line) => {
    const parts = /^\s*deb\s+(\[[^\]]*\]\s+)?(\S+)\s+([^\s#]+)/.exec(line);
    if (!parts) return [];
    const [, options = '', uri = '', suite = ''] = parts;
    /** @param {string} other */
    const withSuite = (other) => `deb ${options.trim()} ${uri} ${other} main`.replace('  ', ' ');
    return [{ format: /** @type {const} */ ('list'), suites: [suite], withSuite }];
  });
}
