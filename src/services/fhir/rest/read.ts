import type { IndexedRecord } from '../../projections/index/record.js';
import { rejection } from '../store/rejection.js';
import type { Disclosed } from '../store/fhir-reader.js';
import { accessHeader, answer, versionHeaders, type Answer } from './answer.js';
import { param, type Call, type Conditions, type Handler } from './call.js';
import { subset } from './subset.js';

/** `GET [type]/[id]` */
export const read: Handler = async (call) => {
  const { principal, reader, conditions, query } = call;
  const disclosed = await principal.hosted.reader.read(reader, param(call, 'type'), param(call, 'id'));
  return shown(disclosed, query, conditions);
};

/** `GET [type]/[id]/_history/[version]` */
export const readVersion: Handler = async (call) => {
  const version = Number(param(call, 'version'));
  if (!Number.isSafeInteger(version) || version < 1) throw rejection(404, 'not-found', 'There is no such version.');
  const { hosted } = call.principal;
  const disclosed = await hosted.reader.readVersion(call.reader, param(call, 'type'), param(call, 'id'), version);
  return shown(disclosed, call.query, {});
};

function shown({ value: record, accesses }: Disclosed<IndexedRecord>, query: string, conditions: Conditions): Answer {
  const headers = { ...versionHeaders(record), ...accessHeader(accesses) };
  if (record.deleted) {
    const gone = { code: 'deleted', severity: 'error', diagnostics: 'The resource was deleted.' };
    return answer(410, headers, JSON.stringify({ resourceType: 'OperationOutcome', issue: [gone] }));
  }
  if (isUnchanged(record, conditions)) return answer(304, headers);
  return answer(200, headers, query === '' ? record.text : partOf(record, query));
}

/** A conditional read (R4 §3.1.0.1.2). */
function isUnchanged({ version, lastUpdated }: IndexedRecord, { ifNoneMatch, ifModifiedSince }: Conditions): boolean {
  if (ifNoneMatch !== undefined) {
    const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
    return tags.includes('*') || tags.includes(`"${version}"`);
  }
  if (ifModifiedSince === undefined) return false;
  const since = Date.parse(ifModifiedSince);
  return !Number.isNaN(since) && Math.floor(Date.parse(lastUpdated) / 1000) * 1000 <= since;
}

function partOf({ type, text }: IndexedRecord, query: string): string {
  const parameters = new URLSearchParams(query);
  const elements = parameters.get('_elements')?.split(',');
  return subset(type, text, { elements, summary: parameters.get('_summary') ?? undefined });
}

/** A search's or a history's link to another page of it. */
export function pageUrl(call: Call, path: string, parameters: URLSearchParams, offset: number): string {
  const page = new URLSearchParams(parameters);
  if (offset > 0) page.set('_offset', String(offset));
  else page.delete('_offset');
  const query = page.toString();
  return `${call.base}/${path}${query === '' ? '' : `?${query}`}`;
}
