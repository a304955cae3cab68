import { createHash } from 'node:crypto';
import type { Plugin } from 'vite';

/**
 * The style sheet that Observable Plot puts into every SVG, with its default class name. Another version may have
 * another.
 */
const plotStyle = `:where(.plot-d6a7b5) {
  --plot-background: white;
  display: block;
  height: auto;
  height: intrinsic;
  max-width: 100%;
}
:where(.plot-d6a7b5 text),
:where(.plot-d6a7b5 tspan) {
  white-space: pre;
}`;

/**
 * Where models come from besides this site. The hub answers a file on its own host or redirects to storage, and a
 * redirect has to be allowed too: regions of a CDN (us.aws.cdn.hf.co, …), cdn-lfs.hf.co and xethub.hf.co, formerly
 * cdn-lfs.huggingface.co. They change, so whole domains are named, both of which are the hub's own.
 * @see https://huggingface.co/.well-known/meta.json
 */
const hub = ['https://huggingface.co', 'https://*.huggingface.co', 'https://*.hf.co'];

const directives: Record<string, string[]> = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'worker-src': ["'self'"],
  'connect-src': ["'self'", ...hub],
  'img-src': ["'self'", 'data:', 'blob:'],
  'style-src': ["'self'", hashOf(plotStyle)],
  'font-src': ["'self'"],
  'manifest-src': ["'self'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'object-src': ["'none'"],
};

/**
 * The page's policy: scripts from this site only, none inline, no eval, and nobody else to talk to but the hub. In
 * the page it is a <meta>, as static hosts send no headers. A worker takes its policy from the headers of its own
 * script, so it has one only where the server sends it.
 */
export const contentSecurityPolicy = Object.entries(directives)
  .map(([name, sources]) => [name, ...sources].join(' '))
  .join('; ');

/** What a server adds: the policy for workers too, and what a <meta> cannot say. */
export const securityHeaders = {
  'Content-Security-Policy': `${contentSecurityPolicy}; frame-ancestors 'none'`,
  'X-Content-Type-Options': 'nosniff',
};

/** Writes the policy into the built page, before anything that it is about. */
export function policyInPage(): Plugin {
  const charset = '<meta charset="utf-8" />';
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml(html) {
      if (!html.includes(charset)) throw new Error(`index.html has no ${charset} to put the policy after.`);
      const meta = `<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy}" />`;
      return html.replace(charset, `${charset}\n    ${meta}`);
    },
  };
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
