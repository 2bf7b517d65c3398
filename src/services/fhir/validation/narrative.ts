import type { Fault } from './primitives.js';

/**
 * The rules on `Narrative.div` (R4 §2.4.0, invariants txt-1 and txt-2): one well-formed XHTML div, in its namespace, with
 * the elements of HTML 4.0 chapters 7–11 (without 9.4) and 15, links and images, and nothing that runs or loads.
 *
 * It checks names and nesting by tag, not the content models of HTML (that a `tr` stands in a table).
 */
export function narrativeFault(div: string): Fault | undefined {
  const open: string[] = [];
  let seen = false;
  let closed = false;
  TOKEN.lastIndex = 0;
  for (let at = 0; at < div.length; at = TOKEN.lastIndex) {
    const token = TOKEN.exec(div);
    if (token === null || token.index !== at) return malformed('is not well-formed XHTML');
    const [whole, comment, closing, name = '', attributes = '', selfClosing] = token;
    if (comment !== undefined) continue;
    if (closing !== undefined) {
      if (open.pop() !== closing) return malformed('has an end tag that matches no start tag');
      closed = open.length === 0;
      continue;
    }
    if (name === '') {
      if (open.length === 0 && whole.trim() !== '') return malformed('has text outside of its div');
      if (BARE_AMPERSAND.test(whole)) return malformed('has an ampersand that starts no XML character reference');
      seen ||= whole.trim() !== '';
      continue;
    }
    if (open.length === 0 && (closed || name !== 'div')) return malformed('is not a single div');
    if (!ELEMENTS.has(name)) return malformed('has an element that FHIR does not allow in narrative');
    const fault = attributesFault(attributes, open.length === 0);
    if (fault !== undefined) return fault;
    seen ||= name === 'img';
    if (selfClosing === undefined) open.push(name);
    else closed = open.length === 0;
    if (open.length > DEPTH_MAX) return malformed('nests too deeply');
  }
  if (!closed) return malformed('is not a single closed div');
  return seen ? undefined : malformed('has no content');
}

const DEPTH_MAX = 64;

/** A comment, an end tag, a start tag with its attributes, or text. Sticky: what matches none of them is malformed. */
const TOKEN =
  /(<!--[^]*?-->)|<\/([A-Za-z][\w:]*)\s*>|<([A-Za-z][\w:]*)((?:\s+[A-Za-z][\w:.-]*\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/)?>|[^<]+/y;
const ATTRIBUTE = /\s+([A-Za-z][\w:.-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/g;
const BARE_AMPERSAND = /&(?!(?:lt|gt|amp|quot|apos|#\d{1,7}|#x[\da-fA-F]{1,6});)/;
const XHTML_NAMESPACE = 'http://www.w3.org/1999/xhtml';

function attributesFault(attributes: string, root: boolean): Fault | undefined {
  const names = new Set<string>();
  let namespace: string | undefined;
  for (const [, name = '', double, single] of attributes.matchAll(ATTRIBUTE)) {
    const value = double ?? single ?? '';
    if (names.has(name)) return malformed('has an attribute twice');
    names.add(name);
    if (BARE_AMPERSAND.test(value)) return malformed('has an ampersand that starts no XML character reference');
    if (name === 'xmlns') namespace = value;
    else if (!ATTRIBUTES.has(name)) return malformed('has an attribute that FHIR does not allow in narrative');
    if ((name === 'href' || name === 'src') && RUNS.test(value.replace(BLANK, '')))
      return malformed('has a link that runs or embeds a page');
    if (name === 'style' && LOADS.test(value)) return malformed('has a style that loads or runs something');
  }
  if (root && namespace !== XHTML_NAMESPACE) return malformed(`needs xmlns="${XHTML_NAMESPACE}" on its div`);
  if (namespace !== undefined && namespace !== XHTML_NAMESPACE) return malformed('leaves the XHTML namespace');
  return undefined;
}

/** An address is suspect where its scheme runs script, or hides behind character references. */
const RUNS = /^(?:javascript|vbscript|data:(?!image\/)|&)/i;
/** Browsers skip these in a scheme. */
const BLANK = /[\s\x00-\x20]+/g; // eslint-disable-line no-control-regex
const LOADS = /expression\s*\(|javascript:|@import|url\s*\(|&#/i;

function malformed(what: string): Fault {
  return { code: 'invariant', diagnostics: `txt-1, txt-2: the narrative ${what}` };
}

const ELEMENTS: ReadonlySet<string> = new Set(
  (
    'a abbr acronym address b bdo big blockquote br caption cite code col colgroup dd dfn div dl dt em font h1 h2 h3 h4 h5 h6 ' +
    'hr i img kbd li ol p pre q s samp small span strike strong sub sup table tbody td tfoot th thead tr tt u ul var'
  ).split(' '),
);

const ATTRIBUTES: ReadonlySet<string> = new Set(
  (
    'abbr accesskey align alt axis bgcolor border cellpadding cellspacing char charoff charset cite class clear color cols ' +
    'colspan compact coords dir face frame headers height href hreflang id ismap lang longdesc name noshade nowrap rel rev ' +
    'rowspan rules scope shape size span src start style summary tabindex title type usemap valign value vspace hspace ' +
    'width xml:lang xml:space'
  ).split(' '),
);
