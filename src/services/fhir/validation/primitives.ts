import type { IssueCode } from './issue.js';

export interface Fault {
  readonly code: IssueCode;
  readonly diagnostics: string;
}

/** Says what is wrong with one JSON value that stands for a primitive, or undefined. */
export type PrimitiveCheck = (value: unknown) => Fault | undefined;

/** Longest string in FHIR (R4 §2.24.0.1: 1 MB), in UTF-16 code units. base64Binary and xhtml are bounded by the text. */
const STRING_LENGTH_MAX = 1024 * 1024;

const CONTROL_CHARACTER = /[\x00-\x08\x0b\x0c\x0e-\x1f]/; // eslint-disable-line no-control-regex

const YEAR = '(?!0000)[0-9]{4}';
const MONTH = '(?:0[1-9]|1[0-2])';
const DAY = '(?:0[1-9]|[12][0-9]|3[01])';
const CLOCK = '(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\\.[0-9]+)?';
const ZONE = '(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))';

const DATE = new RegExp(`^${YEAR}(?:-${MONTH}(?:-${DAY})?)?$`);
const DATE_TIME = new RegExp(`^${YEAR}(?:-${MONTH}(?:-${DAY}(?:T${CLOCK}${ZONE})?)?)?$`);
const INSTANT = new RegExp(`^${YEAR}-${MONTH}-${DAY}T${CLOCK}${ZONE}$`);
const TIME = new RegExp(`^${CLOCK}$`);
const ID = /^[A-Za-z0-9\-.]{1,64}$/;
const MISPLACED_SPACE = /^\s|\s$|\s\s/;
const URI = /^\S*$/;
const OID = /^urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+$/;
const UUID = /^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const BASE64 = /^[0-9A-Za-z+/]*={0,2}$/;
const INTEGER_MIN = -(2 ** 31);
const INTEGER_MAX = 2 ** 31 - 1;

/** The formats of R4 §2.24.0.1, by type. xhtml is the business of `narrative.ts`. */
export const PRIMITIVE_CHECKS: Readonly<Record<string, PrimitiveCheck>> = {
  boolean: (value) => (typeof value === 'boolean' ? undefined : wrongType('boolean', 'true or false')),
  integer: integer('integer', INTEGER_MIN),
  unsignedInt: integer('unsignedInt', 0),
  positiveInt: integer('positiveInt', 1),
  decimal: (value) =>
    typeof value === 'number' && Number.isFinite(value) ? undefined : wrongType('decimal', 'a JSON number'),
  string: text('string', () => true, ''),
  markdown: text('markdown', () => true, ''),
  xhtml: (value) => (typeof value === 'string' ? undefined : wrongType('xhtml', 'a JSON string')),
  code: text('code', (value) => !MISPLACED_SPACE.test(value), 'without leading, trailing or double spaces'),
  id: text('id', (value) => ID.test(value), '1 to 64 letters, digits, hyphens and dots'),
  uri: text('uri', (value) => URI.test(value), 'without white space'),
  url: text('url', (value) => URI.test(value), 'without white space'),
  canonical: text('canonical', (value) => URI.test(value), 'without white space'),
  oid: text('oid', (value) => OID.test(value), 'urn:oid: and dotted numbers'),
  uuid: text('uuid', (value) => UUID.test(value), 'urn:uuid: and a lower-case UUID'),
  base64Binary: base64,
  date: text('date', (value) => DATE.test(value) && dayExists(value), 'YYYY, YYYY-MM or YYYY-MM-DD, a day that exists'),
  dateTime: text(
    'dateTime',
    (value) => DATE_TIME.test(value) && dayExists(value),
    'a date, or YYYY-MM-DDThh:mm:ss with a time zone, on a day that exists',
  ),
  instant: text(
    'instant',
    (value) => INSTANT.test(value) && dayExists(value),
    'YYYY-MM-DDThh:mm:ss with a time zone, on a day that exists',
  ),
  time: text('time', (value) => TIME.test(value), 'hh:mm:ss'),
};

function text(type: string, matches: (value: string) => boolean, format: string): PrimitiveCheck {
  const wrongFormat: Fault = { code: 'value', diagnostics: `not a FHIR ${type}${format && `: expected ${format}`}` };
  return (value) => {
    if (typeof value !== 'string') return wrongType(type, 'a JSON string');
    if (value.length === 0) return { code: 'value', diagnostics: 'empty string; leave the element out' };
    if (value.length > STRING_LENGTH_MAX) {
      return { code: 'too-long', diagnostics: `longer than ${STRING_LENGTH_MAX} characters` };
    }
    if (CONTROL_CHARACTER.test(value)) {
      return { code: 'value', diagnostics: 'has a control character other than tab, line feed and carriage return' };
    }
    return matches(value) ? undefined : wrongFormat;
  };
}

function integer(type: string, min: number): PrimitiveCheck {
  return (value) => {
    if (typeof value !== 'number') return wrongType(type, 'a JSON number');
    if (Number.isInteger(value) && value >= min && value <= INTEGER_MAX) return undefined;
    return { code: 'value', diagnostics: `not a FHIR ${type}: expected a whole number from ${min} to ${INTEGER_MAX}` };
  };
}

/** R4's own pattern for base64 backtracks exponentially; this one is linear and stricter about the padding. */
function base64(value: unknown): Fault | undefined {
  if (typeof value !== 'string') return wrongType('base64Binary', 'a JSON string');
  const packed = /\s/.test(value) ? value.replace(/\s+/g, '') : value;
  if (packed.length > 0 && packed.length % 4 === 0 && BASE64.test(packed)) return undefined;
  return { code: 'value', diagnostics: 'not a FHIR base64Binary: expected padded base64' };
}

function wrongType(type: string, json: string): Fault {
  return { code: 'structure', diagnostics: `not a FHIR ${type}: expected ${json}` };
}

/** Whether the day of a well-formed date is in its month; true where there is no day. */
function dayExists(value: string): boolean {
  if (value.length < 10) return true;
  const day = Number(value.slice(8, 10));
  if (day <= 28) return true;
  const month = Number(value.slice(5, 7));
  if (month !== 2) return day <= 30 || !(month === 4 || month === 6 || month === 9 || month === 11);
  const year = Number(value.slice(0, 4));
  return day === 29 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}
