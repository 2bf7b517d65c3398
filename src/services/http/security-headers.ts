import { createHash } from 'node:crypto';
import { HOME_PAGE_STYLE } from './home-page.js';

const styleHash = createHash('sha256').update(HOME_PAGE_STYLE).digest('base64');

/** Sent with every answer. Nothing that a node answers is meant to be framed, sniffed, cached or to run a script. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** Where the node itself has TLS: two years, as browsers' lists ask for. */
export const TRANSPORT_SECURITY = { 'strict-transport-security': 'max-age=63072000' } as const;
