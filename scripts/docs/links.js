/** Links between Markdown pages, checked as a Git host draws them. */

/**
 * @param {Map<string, string>} pages by file name
 * @returns {string[]} 'page: link' for each that leads nowhere
 */
export function brokenLinks(pages) {
  const anchors = new Map([...pages].map(([name, text]) => [name, anchorsOf(text)]));
  return [...pages].flatMap(([name, text]) =>
    [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link]) => /** @type {string} */ (link))
      .filter((link) => !/^https?:/.test(link))
      .filter((link) => {
        const [file, anchor] = link.split('#');
        const there = anchors.get(file || name);
        return !there || (anchor !== undefined && !there.has(anchor));
      })
      .map((link) => `${name}: ${link}`),
  );
}

/** Names of a page's headings, the second of a name with '-1' behind it, and of its anchors. @param {string} text */
function anchorsOf(text) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  const anchors = new Set([...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id));
  for (const [, title] of text.matchAll(/^#{1,6} (.+)$/gm)) {
    const slug = /** @type {string} */ (title)
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    anchors.add(before === 0 ? slug : `${slug}-${before}`);
  }
  return anchors;
}
