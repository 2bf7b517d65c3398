import type { Definitions } from './definitions/model.js';
import type { Fault } from './primitives.js';

/** A required binding: which codes an element may hold. */
export interface Binding {
  /** For code, string, uri: the bare code. */
  readonly allowsCode: (code: string) => boolean;
  /** For Coding and Quantity: the code in its system. */
  readonly allowsCoding: (system: unknown, code: unknown) => boolean;
  readonly fault: Fault;
}

const VALUE_SET_BASE = 'http://hl7.org/fhir/ValueSet/';
const LISTED_MAX = 30;

/** RFC 6838 §4.2 names, with parameters, or one of FHIR's own short names (R4 §3.1.0.1.9). */
const MEDIA_TYPE = /^(?:xml|json|ttl)$|^[A-Za-z0-9][\w!#$&^.+-]*\/[A-Za-z0-9][\w!#$&^.+-]*(?:\s*;.*)?$/;
/** RFC 5646 §2.1 well-formed tags. */
const LANGUAGE =
  /^(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4}|[a-z]{5,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z\d]{5,8}|\d[a-z\d]{3}))*(?:-[a-wyz\d](?:-[a-z\d]{2,8})+)*(?:-x(?:-[a-z\d]{1,8})+)?|x(?:-[a-z\d]{1,8})+|i-[a-z]+|[a-z]{2}-[a-z]{2,3}-[a-z]+)$/i;

/** Value sets over systems that no list enumerates: the form of the code is checked instead. */
const FORMATS: Readonly<Record<string, { system: string; name: string; matches: (code: string) => boolean }>> = {
  [`${VALUE_SET_BASE}mimetypes`]: {
    system: 'urn:ietf:bcp:13',
    name: 'a media type',
    matches: (code) => MEDIA_TYPE.test(code),
  },
  'http://www.rfc-editor.org/bcp/bcp13.txt': {
    system: 'urn:ietf:bcp:13',
    name: 'a media type',
    matches: (code) => MEDIA_TYPE.test(code),
  },
  [`${VALUE_SET_BASE}all-languages`]: {
    system: 'urn:ietf:bcp:47',
    name: 'a BCP 47 language tag',
    matches: (code) => LANGUAGE.test(code),
  },
  [`${VALUE_SET_BASE}currencies`]: {
    system: 'urn:iso:std:iso:4217',
    name: 'an ISO 4217 currency code',
    matches: (code) => currencies.has(code),
  },
  // UCUM is a grammar; whether a unit parses is not asked.
  [`${VALUE_SET_BASE}ucum-units`]: { system: 'http://unitsofmeasure.org', name: 'a UCUM unit', matches: () => true },
};

const currencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/**
 * Bindings by value set URL. Undefined for a set that is neither enumerated nor of a known form: LOINC answer list
 * LL379-9, and two sets of later FHIR versions that the definitions package refers to without containing them.
 */
export function bindingFor(url: string, definitions: Definitions): Binding | undefined {
  const format = FORMATS[url];
  if (format !== undefined) {
    return {
      allowsCode: format.matches,
      allowsCoding: (system, code) => system === format.system && typeof code === 'string' && format.matches(code),
      fault: { code: 'code-invalid', diagnostics: `expected ${format.name}` },
    };
  }
  const codes = definitions.valueSets[url];
  if (codes === undefined) return undefined;
  const codesBySystem = new Map(Object.entries(codes).map(([system, list]) => [system, new Set(list)]));
  const all = new Set(Object.values(codes).flat());
  return {
    allowsCode: (code) => all.has(code),
    allowsCoding: (system, code) => codesBySystem.get(system as string)?.has(code as string) ?? false,
    fault: { code: 'code-invalid', diagnostics: `the code is not in value set ${url}: ${listed([...all])}` },
  };
}

function listed(codes: readonly string[]): string {
  const shown = codes.slice(0, LISTED_MAX).join(', ');
  return codes.length > LISTED_MAX ? `${shown} and ${codes.length - LISTED_MAX} more` : shown;
}
