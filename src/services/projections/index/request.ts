import { parseSearchRequest } from '@medplum/core';
import type { IncludeTarget } from '@medplum/core';
import type { ResourceType } from '@medplum/fhirtypes';
import { CairnError } from '../../../primitives/errors.js';
import type { Scope } from './record.js';
import { invalidValue, notSupported } from './search-values.js';

/** A FHIR search as it arrives. */
export interface SearchQuery {
  /** Resource type to search. */
  readonly type: string;
  /** Parameters in the order of the query string, percent-decoded: a `URLSearchParams` will do. */
  readonly parameters: Iterable<readonly [name: string, value: string]>;
  readonly scope: Scope;
  /** What becomes of unknown parameters (R4 3.1.1.3): refused (the default) or left out. */
  readonly handling?: 'strict' | 'lenient';
  /** The present, for the prefix `ap`: milliseconds since the Unix epoch. */
  readonly nowMs?: number;
}

/** One condition: a parameter, perhaps chained, with modifier and value as written. */
export interface SearchFilter {
  readonly name: string;
  readonly modifier: string;
  readonly value: string;
}

/** A search, taken apart but not yet compared with what the resource type offers. */
export interface ParsedSearch {
  readonly filters: readonly SearchFilter[];
  readonly sort: readonly { readonly code: string; readonly descending: boolean }[];
  readonly include: readonly IncludeTarget[];
  readonly revInclude: readonly IncludeTarget[];
  readonly count: number;
  readonly offset: number;
  /** Count all matches, which costs more than a page of them. */
  readonly withTotal: boolean;
  /** For whoever renders the result; the index returns whole resources. */
  readonly elements: readonly string[] | undefined;
  readonly summary: 'true' | 'text' | 'data' | undefined;
}

const COUNT_DEFAULT = 50;
const COUNT_MAX = 1000;
const FILTERS_MAX = 64;
/** Over all filters together. */
const ALTERNATIVES_MAX = 500;
const SORT_MAX = 8;
const INCLUDES_MAX = 32;
const VALUE_LENGTH_MAX = 8192;

/** Parameters about the result rather than about resources, and those that only concern the HTTP answer. */
const RESULT_PARAMETERS: ReadonlySet<string> = new Set([
  ...['_sort', '_count', '_offset', '_total', '_summary', '_elements', '_include', '_revinclude', '_format', '_pretty'],
]);

/**
 * Takes a query apart. What concerns the result is read by @medplum/core. Filters are not: its parser drops modifiers that
 * it does not know (`subject:Patient`) and takes a code such as `eq5d` for a comparison, so that searches would find
 * the wrong records without a word; a test shows it.
 */
export function parseSearch({ type, parameters }: SearchQuery): ParsedSearch {
  const filters: SearchFilter[] = [];
  const result: Record<string, string[]> = {};
  for (const [name, value] of parameters) {
    if (value.length > VALUE_LENGTH_MAX) throw invalidValue(shown(name), `more than ${VALUE_LENGTH_MAX} characters`);
    if (RESULT_PARAMETERS.has(name.split(':', 1)[0] ?? '')) (result[name] ??= []).push(value);
    else filters.push(splitName(name, value));
  }
  if (filters.length > FILTERS_MAX)
    throw new CairnError('fhir.search-too-complex', `more than ${FILTERS_MAX} parameters`);
  if (filters.reduce((sum, { value }) => sum + value.split(',').length, 0) > ALTERNATIVES_MAX) {
    throw new CairnError('fhir.search-too-complex', `more than ${ALTERNATIVES_MAX} values`);
  }
  for (const name of Object.keys(result)) {
    if (name.includes(':')) throw notSupported(shown(name));
  }
  const request = readResult(type, result);
  const sort = request.sortRules ?? [];
  const include = request.include ?? [];
  const revInclude = request.revInclude ?? [];
  if (sort.length > SORT_MAX) throw invalidValue('_sort', `more than ${SORT_MAX} keys`);
  if (include.length + revInclude.length > INCLUDES_MAX)
    throw invalidValue('_include', `more than ${INCLUDES_MAX} values`);
  return {
    filters,
    sort: sort.map(({ code, descending }) => ({ code, descending: descending ?? false })),
    include,
    revInclude,
    count: Math.min(request.count ?? COUNT_DEFAULT, COUNT_MAX),
    offset: request.offset ?? 0,
    withTotal: request.total !== undefined && request.total !== 'none',
    elements: request.fields,
    summary: request.summary,
  };
}

function readResult(type: string, parameters: Record<string, string[]>) {
  for (const name of ['_count', '_offset']) {
    if (parameters[name]?.some((value) => !/^\d{1,8}$/.test(value)))
      throw invalidValue(name, 'a value that is not a count');
  }
  const enumerated = { _total: ['none', 'estimate', 'accurate'], _summary: ['true', 'text', 'data', 'count', 'false'] };
  for (const [name, allowed] of Object.entries(enumerated)) {
    if (parameters[name]?.some((value) => !allowed.includes(value))) {
      throw invalidValue(name, `a value other than ${allowed.join(', ')}`);
    }
  }
  try {
    return parseSearchRequest(type as ResourceType, parameters);
  } catch (cause) {
    throw new CairnError('fhir.search-value-invalid', '_include and _revinclude are written Type:parameter[:Type]', {
      cause,
    });
  }
}

/** `subject:Patient.name:exact` chains at the dot; its modifier follows the last colon after it. */
function splitName(name: string, value: string): SearchFilter {
  const from = name.startsWith('_has:') ? name.length : Math.max(name.lastIndexOf('.'), 0);
  const colon = name.indexOf(':', from);
  return colon < 0
    ? { name, modifier: '', value }
    : { name: name.slice(0, colon), modifier: name.slice(colon + 1), value };
}

/** A parameter's name for a message: what a client may send in its place is cut to what names are made of. */
export function shown(name: string): string {
  return name.replace(/[^A-Za-z0-9_:.-]/g, '?').slice(0, 64);
}
