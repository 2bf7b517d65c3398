import { CairnError } from '../../../primitives/errors.js';

/** Comparison before a number, date or quantity (R4 3.1.1.4.6). */
export type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

const VALUES_MAX = 200;

/** Splits at a separator that no backslash stands before (R4 3.1.1.4.9); escapes stay in the parts. */
export function splitEscaped(text: string, separator: ',' | '|' | '$'): string[] {
  const parts: string[] = [];
  let part = '';
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\' && i + 1 < text.length) part += text.slice(i, ++i + 1);
    else if (text[i] === separator) {
      parts.push(part);
      part = '';
    } else part += text[i];
  }
  return [...parts, part];
}

export function unescapeValue(text: string): string {
  return text.replace(/\\([\\,|$])/g, '$1');
}

/** The alternatives of a parameter, still escaped; none of them empty. Error: `fhir.search-value-invalid`. */
export function alternatives(name: string, value: string): string[] {
  const parts = splitEscaped(value, ',');
  if (parts.length > VALUES_MAX) throw invalidValue(name, `more than ${VALUES_MAX} values`);
  if (parts.includes('')) throw invalidValue(name, 'an empty value');
  return parts;
}

/** `ge2020` is `ge` and `2020`; a prefix stands before a digit or a sign only. */
export function splitPrefix(value: string): { readonly prefix: Prefix; readonly operand: string } {
  const match = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)(?=[\d+.-])/.exec(value);
  return match === null ? { prefix: 'eq', operand: value } : { prefix: match[1] as Prefix, operand: value.slice(2) };
}

/** Names the parameter but not the value, which may be about a person. */
export function invalidValue(name: string, problem: string): CairnError {
  return new CairnError('fhir.search-value-invalid', `search parameter ${name} has ${problem}`);
}

export function notSupported(what: string): CairnError {
  return new CairnError('fhir.search-not-supported', `${what} is not supported`);
}
