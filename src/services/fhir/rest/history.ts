import type { BundleLink } from '@medplum/fhirtypes';
import type { IndexedRecord } from '../../projections/index/record.js';
import { rejection } from '../store/rejection.js';
import { accessHeader, answer, versionHeaders } from './answer.js';
import { bundleText, type TextEntry } from './bundle-text.js';
import { param, type Handler } from './call.js';
import { pageUrl } from './read.js';

const COUNT_DEFAULT = 50;
const COUNT_MAX = 1000;

/** `GET [type]/[id]/_history`, `GET [type]/_history`, `GET _history` */
export const history: Handler = async (call) => {
  const [type, id] = [param(call, 'type'), param(call, 'id')];
  const parameters = new URLSearchParams(call.query);
  const count = Math.min(countOf(parameters, '_count', COUNT_DEFAULT), COUNT_MAX);
  const offset = countOf(parameters, '_offset', 0);
  const since = parameters.get('_since');
  if (since !== null && !/^\d{4}(-\d{2}(-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?)?)?$/.test(since)) {
    throw rejection(400, 'invalid', '_since is a FHIR instant.');
  }
  const { value: page, accesses } = await call.principal.hosted.reader.history(call.reader, {
    ...(type !== '' && { type }),
    ...(id !== '' && { id }),
    ...(since !== null && { since }),
    count,
    offset,
  });
  if (id !== '' && page.total === 0) throw rejection(404, 'not-found', 'There is no such resource here.');
  const path = [type, id, '_history'].filter((part) => part !== '').join('/');
  const links: BundleLink[] = [{ relation: 'self', url: pageUrl(call, path, parameters, offset) }];
  if (offset + count < page.total) {
    links.push({ relation: 'next', url: pageUrl(call, path, parameters, offset + count) });
  }
  if (offset > 0) {
    links.push({ relation: 'previous', url: pageUrl(call, path, parameters, Math.max(0, offset - count)) });
  }
  const entries = page.versions.map((record) => versionEntry(call.base, record));
  return answer(200, accessHeader(accesses), bundleText({ type: 'history', total: page.total, links, entries }));
};

function versionEntry(base: string, record: IndexedRecord): TextEntry {
  const { type, id, version, lastUpdated, deleted, text } = record;
  const method = deleted ? 'DELETE' : version === 1 ? 'POST' : 'PUT';
  const status = deleted ? '204 No Content' : version === 1 ? '201 Created' : '200 OK';
  return {
    fullUrl: `${base}/${type}/${id}`,
    ...(!deleted && { resource: text }),
    request: { method, url: version === 1 ? type : `${type}/${id}` },
    response: { status, etag: versionHeaders(record)['etag'] ?? '', lastModified: lastUpdated },
  };
}

function countOf(parameters: URLSearchParams, name: string, otherwise: number): number {
  const text = parameters.get(name);
  if (text === null) return otherwise;
  if (!/^\d{1,9}$/.test(text)) throw rejection(400, 'invalid', `${name} is a count.`);
  return Number(text);
}
