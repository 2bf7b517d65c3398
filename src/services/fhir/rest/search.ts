import type { BundleLink } from '@medplum/fhirtypes';
import type { SearchResult } from '../../projections/index/search.js';
import { accessHeader, answer, type Answer } from './answer.js';
import { bundleText, type TextEntry } from './bundle-text.js';
import { param, type Call, type Handler } from './call.js';
import { pageUrl } from './read.js';
import { subset } from './subset.js';

/** `GET [type]?…` */
export const search: Handler = (call) => found(call, new URLSearchParams(call.query));

/** `POST [type]/_search`: parameters may stand in the URL and in the body. */
export const searchByPost: Handler = (call) => {
  const parameters = new URLSearchParams(call.query);
  for (const [name, value] of new URLSearchParams(call.body())) parameters.append(name, value);
  return found(call, parameters);
};

async function found(call: Call, parameters: URLSearchParams): Promise<Answer> {
  const type = param(call, 'type');
  const query = { type, parameters, handling: call.prefer.handling };
  const { value: result, accesses } = await call.principal.hosted.reader.search(call.reader, query);
  const { matches, included, total } = result;
  const entries: TextEntry[] = [
    ...matches.map((record) => ({ record, search: { mode: 'match' } as const })),
    ...included.map((record) => ({ record, search: { mode: 'include' } as const })),
  ].map(({ record, search: mode }) => ({
    fullUrl: `${call.base}/${record.type}/${record.id}`,
    resource: subset(record.type, record.text, result),
    search: mode,
  }));
  if (result.ignored.length > 0) entries.push(ignoredEntry(result.ignored));
  const links = linksOf(call, type, parameters, result);
  return answer(200, accessHeader(accesses), bundleText({ type: 'searchset', total, links, entries }));
}

function linksOf(call: Call, type: string, parameters: URLSearchParams, result: SearchResult): BundleLink[] {
  const { offset, count, hasMore } = result;
  const url = (at: number): string => pageUrl(call, type, parameters, at);
  const links: BundleLink[] = [{ relation: 'self', url: url(offset) }];
  if (hasMore) links.push({ relation: 'next', url: url(offset + count) });
  if (offset > 0) links.push({ relation: 'previous', url: url(Math.max(0, offset - count)) });
  return links;
}

/** Says which parameters a lenient search has left out. */
function ignoredEntry(names: readonly string[]): TextEntry {
  const issue = names.map((name) => ({
    severity: 'warning',
    code: 'not-supported',
    diagnostics: `The parameter ${name} is not known and was left out.`,
  }));
  return { resource: JSON.stringify({ resourceType: 'OperationOutcome', issue }), search: { mode: 'outcome' } };
}
