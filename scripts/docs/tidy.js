/** typedoc's pages, shorter: what a signature or a link already says is not said again, and errors come last. */

/** Sections of a member that say nothing that matters to a caller. */
const needless = ['Implementation of', 'Inherited from', 'Overrides', 'Extended by', 'Implements'];

/** Parameters by which a static method hands over what it has read; not for callers. */
const internalParameters = ['from', 'made'];

/**
 * @param {string} page Markdown as typedoc-plugin-markdown writes it
 * @returns {string}
 */
export function tidy(page) {
  const text = errorsLast(page)
    .replaceAll('__namedParameters', 'options')
    .replace(/^# tabgrad$/m, (title) => (page.includes('## Modules') ? index : title));
  return shortenMembers(withoutInternalParameters(text)).replace(/\n{3,}/g, '\n\n');
}

const index = `# Reference

Made by \`npm run docs\` from the docstrings in \`src/\`.`;

/** @param {string} page */
function errorsLast(page) {
  const rule = '\n\n***\n\n';
  const [before, classes, after] = cut(page, '## Classes\n\n', '\n## ');
  if (classes === undefined) return page;
  const entries = classes.trim().split(rule);
  const errors = entries.filter((entry) => /^### \w+Error$/m.test(entry)).map(withoutConstructor);
  const others = entries.filter((entry) => !/^### \w+Error$/m.test(entry));
  const parts = [before.trimEnd()];
  if (others.length > 0) parts.push(`## Classes\n\n${others.join(rule)}`);
  if (after.trim()) parts.push(after.trim());
  if (errors.length > 0) parts.push(`## Errors\n\n${errors.join(rule)}`);
  return `${parts.join('\n\n')}\n`;
}

/**
 * @param {string} text @param {string} begin @param {string} end
 * @returns {[before: string, inside: string | undefined, after: string]}
 */
function cut(text, begin, end) {
  const from = text.indexOf(begin);
  if (from < 0) return [text, undefined, ''];
  const to = text.indexOf(end, from + begin.length);
  const stop = to < 0 ? text.length : to;
  return [text.slice(0, from), text.slice(from + begin.length, stop), text.slice(stop)];
}

/** Nobody but the library makes its errors. @param {string} entry */
function withoutConstructor(entry) {
  const [before, , after] = cut(entry, '#### Constructors\n', '\n#### ');
  return `${before.trimEnd()}\n\n${after.trim()}`.trim();
}

/** @param {string} text */
function withoutInternalParameters(text) {
  let shorter = text;
  for (const name of internalParameters) {
    shorter = shorter
      .replaceAll(`, \`${name}?\`)`, ')')
      .replace(new RegExp(`^\\| \`${name}\\?\` \\|.*\\n`, 'gm'), '');
  }
  return shorter;
}

/** Members' parts become words in bold, or go. @param {string} text */
function shortenMembers(text) {
  const parts = text.split(/^(?=#{1,6} |\*\*\*$)/m);
  let last = '';
  return parts
    .map((part) => {
      const [, title, body] = /^#{4,6} ([A-Z][a-z]+(?: [A-Za-z]+)?)\n\n([\s\S]*)$/.exec(part) ?? [];
      const before = last;
      last = title ?? '';
      if (title === undefined || body === undefined) return part;
      if (needless.includes(title)) return '';
      if (title === 'Get Signature') return body;
      if (title === 'Returns') return returns(body);
      if (title === 'Throws') return before === 'Throws' ? body : `**Throws:**\n\n${body}`;
      if (title === 'See') return `See ${body}`;
      if (title === 'Extends') return `Extends ${body.replace(/^- /, '')}`;
      return title === 'Parameters' ? body : part;
    })
    .join('')
    .replaceAll('\n***\n\n##### Type Literal\n', '')
    .replaceAll('##### Type Literal\n\n', '');
}

/** The type is in the signature above; what is said of it stays. @param {string} body */
function returns(body) {
  const [, ...said] = body.trim().split('\n\n');
  return said.length > 0 ? `**Returns** ${said.join('\n\n')}\n\n` : '';
}
