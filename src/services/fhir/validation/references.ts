/** What the text of `Reference.reference` says about its target, as far as it says anything. */
export type ReferenceTarget =
  | { readonly kind: 'fragment'; readonly id: string }
  | { readonly kind: 'typed'; readonly type: string; readonly relative: boolean }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'malformed' };

const UNKNOWN: ReferenceTarget = { kind: 'unknown' };
const MALFORMED: ReferenceTarget = { kind: 'malformed' };
const LITERAL = /^([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;
const CONDITIONAL = /^([A-Z][A-Za-z]+)\?./;
const ABSOLUTE = /^[a-z][a-z0-9+.-]*:/i;
const RESTFUL = /\/([A-Z][A-Za-z]+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

/**
 * Reads a literal reference (R4 §2.3.0.1): `Type/id`, the same with `/_history/version`, `#contained`, an absolute URL
 * (whose type counts where it has the form of a RESTful URL), or `Type?search`, which a transaction resolves (§3.1.0.11.2).
 */
export function readReference(reference: string): ReferenceTarget {
  if (reference.startsWith('#')) return { kind: 'fragment', id: reference.slice(1) };
  if (ABSOLUTE.test(reference)) {
    const type = reference.startsWith('http') ? RESTFUL.exec(reference)?.[1] : undefined;
    return type === undefined ? UNKNOWN : { kind: 'typed', type, relative: false };
  }
  const type = LITERAL.exec(reference)?.[1] ?? CONDITIONAL.exec(reference)?.[1];
  return type === undefined ? MALFORMED : { kind: 'typed', type, relative: true };
}
