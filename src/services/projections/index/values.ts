import { dateRange, DISTANT_FUTURE, DISTANT_PAST } from './dates.js';
import type { ValueKind } from './parameters.js';
import { foldText } from './text.js';

/**
 * The search values of one resource, one flat list per table: consecutive items are the columns of a row, after the
 * resource itself. Every row begins with slot and part; `part` is the place in the list of the resource's top element that the
 * value comes from (0 where that does not repeat), by which a composite search knows what belongs together.
 */
export interface SearchRows {
  /** slot, part, code, system; system {@link IMPLIED_SYSTEM} for codes without one. */
  readonly token: (string | number)[];
  /** slot, part, folded text, text as written ('' if that is the same). */
  readonly string: (string | number)[];
  /** slot, part, lo, hi. */
  readonly date: number[];
  /** slot, part, id, type: a relative reference by its id and type, any other by its whole URL, with its type if that shows. */
  readonly reference: (string | number)[];
  /** slot, part, lo, hi, code, system, unit. */
  readonly quantity: (string | number)[];
  /** slot, part, value. */
  readonly uri: (string | number)[];
}

/** Columns of each table after the resource, in the order of {@link SearchRows}. */
export const ROW_COLUMNS: { readonly [Table in ValueKind]: readonly string[] } = {
  token: ['slot', 'part', 'code', 'system'],
  string: ['slot', 'part', 'folded', 'exact'],
  date: ['slot', 'part', 'lo', 'hi'],
  reference: ['slot', 'part', 'id', 'type'],
  quantity: ['slot', 'part', 'lo', 'hi', 'code', 'system', 'unit'],
  uri: ['slot', 'part', 'value'],
};

/**
 * System of a value whose system follows from its element (codes, booleans): it matches whatever system a search names,
 * for which system is implied is a matter of bindings, not of the data.
 */
export const IMPLIED_SYSTEM = '*';

type Json = Readonly<Record<string, unknown>>;

/** Adds the rows of one element's value. Values of unexpected shape add none: what may be stored is validation's matter. */
export function addValue(rows: SearchRows, kind: ValueKind, slot: number, part: number, value: unknown): void {
  switch (kind) {
    case 'token':
      return addToken(rows, slot, part, value);
    case 'string':
      return addString(rows, slot, part, value);
    case 'date':
      return addDate(rows, slot, part, value);
    case 'reference':
      return addReference(rows, slot, part, value);
    case 'quantity':
      return addQuantity(rows, slot, part, value);
    case 'uri':
      if (typeof value === 'string' && value !== '') rows.uri.push(slot, part, value);
  }
}

function addToken(rows: SearchRows, slot: number, part: number, value: unknown): void {
  if (typeof value === 'object' && value !== null) {
    const { coding, text } = value as Json;
    if (Array.isArray(coding)) for (const item of coding) addCoding(rows, slot, part, item as unknown);
    else addCoding(rows, slot, part, value);
    addText(rows, slot, part, text);
  } else if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') {
    rows.token.push(slot, part, String(value), IMPLIED_SYSTEM);
  }
}

/** A Coding, an Identifier or a ContactPoint. One without code still says that the element is there, for `:missing`. */
function addCoding(rows: SearchRows, slot: number, part: number, coding: unknown): void {
  if (typeof coding !== 'object' || coding === null) return;
  const { system, code, value, display, type } = coding as Json;
  rows.token.push(slot, part, text(code) || text(value), text(system));
  addText(rows, slot, part, display);
  if (typeof type === 'object' && type !== null) addText(rows, slot, part, (type as Json)['text']);
}

/** The text of a token, for `:text`. */
function addText(rows: SearchRows, slot: number, part: number, value: unknown): void {
  if (typeof value === 'string') addString(rows, slot, part, value);
}

/** What R4 3.1.1.4.8 searches of a HumanName and an Address, and the text of a CodeableConcept. */
const STRING_PARTS = [
  ...['text', 'family', 'given', 'prefix', 'suffix'],
  ...['line', 'city', 'district', 'state', 'postalCode', 'country'],
] as const;

function addString(rows: SearchRows, slot: number, part: number, value: unknown): void {
  if (typeof value === 'string') {
    const folded = foldText(value);
    if (folded !== '') rows.string.push(slot, part, folded, folded === value ? '' : value);
  } else if (typeof value === 'object' && value !== null) {
    for (const key of STRING_PARTS) {
      const item = (value as Json)[key];
      if (typeof item === 'string') addString(rows, slot, part, item);
      else if (Array.isArray(item)) {
        for (const each of item as unknown[]) if (typeof each === 'string') addString(rows, slot, part, each);
      }
    }
  }
}

function addDate(rows: SearchRows, slot: number, part: number, value: unknown): void {
  if (typeof value === 'string') {
    const range = dateRange(value);
    if (range !== undefined) rows.date.push(slot, part, range.lo, range.hi);
  } else if (typeof value === 'object' && value !== null) {
    const { start, end, event, repeat } = value as Json;
    if (start !== undefined || end !== undefined) {
      const lo = typeof start === 'string' ? dateRange(start)?.lo : DISTANT_PAST;
      const hi = typeof end === 'string' ? dateRange(end)?.hi : DISTANT_FUTURE;
      if (lo !== undefined && hi !== undefined && lo < hi) rows.date.push(slot, part, lo, hi);
    }
    if (Array.isArray(event)) addTimes(rows, slot, part, event);
    if (typeof repeat === 'object' && repeat !== null) addDate(rows, slot, part, (repeat as Json)['boundsPeriod']);
  }
}

/** The events of a Timing count as the time from the first to the last (R4 3.1.1.4.7). */
function addTimes(rows: SearchRows, slot: number, part: number, events: readonly unknown[]): void {
  let lo = DISTANT_FUTURE;
  let hi = DISTANT_PAST;
  for (const event of events) {
    const range = typeof event === 'string' ? dateRange(event) : undefined;
    if (range === undefined) continue;
    lo = Math.min(lo, range.lo);
    hi = Math.max(hi, range.hi);
  }
  if (lo < hi) rows.date.push(slot, part, lo, hi);
}

function addReference(rows: SearchRows, slot: number, part: number, value: unknown): void {
  if (typeof value === 'string') return addCanonical(rows, slot, part, value);
  if (typeof value !== 'object' || value === null) return;
  const { reference, identifier, type, resourceType, id } = value as Json;
  if (typeof resourceType === 'string') {
    rows.reference.push(slot, part, text(id), resourceType);
    return;
  }
  if (identifier !== undefined) addCoding(rows, slot, part, identifier);
  const target = typeof reference === 'string' ? referenceTarget(reference) : undefined;
  // One without a literal reference still says that the element is there.
  rows.reference.push(slot, part, target?.id ?? '', target?.type || text(type));
}

/** A canonical URL is found with and without its version. */
function addCanonical(rows: SearchRows, slot: number, part: number, url: string): void {
  const bar = url.indexOf('|');
  const { type } = referenceTarget(bar < 0 ? url : url.slice(0, bar));
  rows.reference.push(slot, part, url, type);
  if (bar > 0) rows.reference.push(slot, part, url.slice(0, bar), type);
}

const RELATIVE = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/;
const REST_URL = /^(https?:\/\/.*\/([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64})(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/;

/**
 * What a literal reference or the value of a reference search names. The version of a versioned reference does not count.
 * `type` is '' where it does not show, as in `urn:uuid:…`.
 */
export function referenceTarget(reference: string): { readonly id: string; readonly type: string } {
  const relative = RELATIVE.exec(reference);
  if (relative !== null) return { id: relative[2] ?? '', type: relative[1] ?? '' };
  const url = REST_URL.exec(reference);
  return url === null ? { id: reference, type: '' } : { id: url[1] ?? '', type: url[2] ?? '' };
}

function addQuantity(rows: SearchRows, slot: number, part: number, value: unknown): void {
  if (typeof value === 'number') {
    rows.quantity.push(slot, part, value, value, '', '', '');
  } else if (typeof value === 'object' && value !== null) {
    const { value: amount, low, high, comparator, code, system, unit, currency } = value as Json;
    if (low !== undefined || high !== undefined) {
      const { code, system, unit } = (low ?? high) as Json;
      const lo = amountOf(low) ?? -Infinity;
      const hi = amountOf(high) ?? Infinity;
      rows.quantity.push(slot, part, lo, hi, text(code), text(system), text(unit));
    } else if (typeof amount === 'number') {
      // "< 5" is known only to lie somewhere below.
      const lo = comparator === '<' || comparator === '<=' ? -Infinity : amount;
      const hi = comparator === '>' || comparator === '>=' ? Infinity : amount;
      // Money has its code in another place (ISO 4217).
      rows.quantity.push(slot, part, lo, hi, text(code) || text(currency), text(system), text(unit));
    }
  }
}

function amountOf(quantity: unknown): number | undefined {
  if (typeof quantity !== 'object' || quantity === null) return undefined;
  const { value } = quantity as Json;
  return typeof value === 'number' ? value : undefined;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
