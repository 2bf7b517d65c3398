import { STATUS_CODES } from 'node:http';
import { requireScope } from '../../auth/api-key-auth.js';
import { RESOURCE_LIMITS } from '../json/parse.js';
import { sliceBundleEntries, type BundleEntry } from '../json/bundle.js';
import { eachEntry } from '../store/each-entry.js';
import { FhirRejection, rejection } from '../store/rejection.js';
import type { WriteResult } from '../store/resource-store.js';
import type { WriteRequest } from '../store/write-request.js';
import { answer, receiptHeader, versionHeaders, type Answer } from './answer.js';
import { bundleText, type TextEntry } from './bundle-text.js';
import type { Call, Handler } from './call.js';
import { route, type RoutedInteraction } from './interactions.js';
import { refusalAnswer } from './refusal.js';
import { checkIdentity, locationOf, preconditionsOf, validatedAs } from './write.js';

/** Beyond these a bundle is to be imported instead. */
const ENTRIES_MAX = 10_000;
/** Requests of a batch that are under way together. */
const TOGETHER_MAX = 64;

/** `POST [base]`: a transaction, all or nothing, or a batch, each entry for itself (R4 §3.1.0.11). */
export const bundle: Handler = (call) => {
  const { type, entries } = sliceBundleEntries(call.body());
  if (entries.length > ENTRIES_MAX) throw rejection(413, 'too-costly', `A bundle has at most ${ENTRIES_MAX} entries.`);
  if (type === 'transaction') return transaction(call, entries);
  if (type === 'batch') return batch(call, entries);
  throw rejection(400, 'value', 'Only bundles of type transaction or batch are processed here.', 'Bundle.type');
};

interface RoutedEntry extends RoutedInteraction {
  readonly entry: BundleEntry;
}

async function transaction(call: Call, entries: readonly BundleEntry[]): Promise<Answer> {
  const routed = eachEntry(entries, (entry) => routedEntry(call, entry));
  const writes = routed.filter(({ interaction }) => interaction.method !== 'GET');
  // DELETE before POST before PUT; all of them see the same state, so that only the numbering of versions could tell.
  const requests = eachEntry(routed, (one) => (one.interaction.method === 'GET' ? undefined : writeRequest(one)));
  if (requests.some((request) => request?.criteria !== undefined)) requireScope(call.principal, 'read');
  const { hosted } = call.principal;
  const pending = requests.filter((request) => request !== undefined);
  const results = await hosted.store
    .write(pending, { scope: hosted.reader.scope(call.reader) })
    .catch((error: unknown) => {
      throw inBundle(
        error,
        writes.map(({ entry }) => entry.index),
      );
    });
  const resultByIndex = new Map(writes.map(({ entry }, position) => [entry.index, results[position]]));
  const answered: TextEntry[] = [];
  for (const one of routed) {
    const result = resultByIndex.get(one.entry.index);
    answered.push(result === undefined ? await answering(call, one) : writtenEntry(call, result));
  }
  return answer(200, {}, bundleText({ type: 'transaction-response', entries: answered }));
}

async function batch(call: Call, entries: readonly BundleEntry[]): Promise<Answer> {
  const answered = new Array<TextEntry>(entries.length);
  for (const methods of ORDER) {
    const group = entries.filter(({ request }) => methods(request?.method));
    for (let start = 0; start < group.length; start += TOGETHER_MAX) {
      const together = group.slice(start, start + TOGETHER_MAX);
      await Promise.all(together.map(async (entry) => void (answered[entry.index] = await alone(call, entry))));
    }
  }
  return answer(200, {}, bundleText({ type: 'batch-response', entries: answered }));
}

/** The order in which R4 has the entries of a bundle processed. */
const ORDER: readonly ((method: string | undefined) => boolean)[] = [
  (method) => method === 'DELETE',
  (method) => method === 'POST',
  (method) => method === 'PUT' || method === 'PATCH',
  (method) => method === undefined || !['DELETE', 'POST', 'PUT', 'PATCH'].includes(method),
];

async function alone(call: Call, entry: BundleEntry): Promise<TextEntry> {
  try {
    return await answering(call, routedEntry(call, entry));
  } catch (error) {
    return responseEntry(refusalAnswer(error), call);
  }
}

/** Of a transaction only reads come here, after its writes, which stand whatever a read finds. */
async function answering(call: Call, one: RoutedEntry): Promise<TextEntry> {
  return responseEntry(await run(call, one).catch(refusalAnswer), call);
}

/** Does what an entry asks for as if it had come by itself. */
async function run(call: Call, { entry, interaction, params, query }: RoutedEntry): Promise<Answer> {
  const { request, resource } = entry;
  const { ifMatch, ifNoneMatch, ifNoneExist, ifModifiedSince } = request ?? {};
  return await interaction.handler({
    ...call,
    params,
    query,
    conditions: { ifMatch, ifNoneMatch, ifNoneExist, ifModifiedSince },
    body: () => {
      if (resource === undefined) throw rejection(400, 'required', 'The entry needs a resource.');
      return resource.text;
    },
  });
}

function routedEntry(call: Call, entry: BundleEntry): RoutedEntry {
  const { method, url } = entry.request ?? {};
  if (method === undefined || url === undefined) {
    throw rejection(400, 'required', 'The entry needs a method and a URL.', 'request');
  }
  const relative = url.startsWith(`${call.base}/`) ? url.slice(call.base.length + 1) : url;
  const routed = route(method, relative);
  if (routed === undefined) throw rejection(400, 'not-supported', 'There is no such interaction.', 'request.url');
  requireScope(call.principal, routed.interaction.scope);
  return { ...routed, entry };
}

function writeRequest({ entry, interaction, params, query }: RoutedEntry): WriteRequest {
  const { method } = interaction;
  const { type = '', id } = params;
  const isWrite = (method === 'POST' || method === 'PUT' || method === 'DELETE') && interaction.scope === 'write';
  if (!isWrite) throw rejection(400, 'not-supported', 'This is not supported in a transaction.', 'request.method');
  const { resource: received, request = {}, fullUrl } = entry;
  if (received !== undefined && received.text.length > RESOURCE_LIMITS.lengthMax) {
    throw rejection(413, 'too-long', `A resource has at most ${RESOURCE_LIMITS.lengthMax} characters.`);
  }
  if (received === undefined && method !== 'DELETE') throw rejection(400, 'required', 'The entry needs a resource.');
  if (received !== undefined && method === 'PUT' && id !== undefined) checkIdentity(received, id);
  const criteria = method === 'POST' ? request.ifNoneExist : id === undefined ? query : undefined;
  return {
    method,
    type,
    ...(id !== undefined && { id }),
    ...(criteria !== undefined && { criteria }),
    ...preconditionsOf(request),
    ...(received !== undefined && method !== 'DELETE' && { resource: validatedAs(type, received) }),
    ...(fullUrl !== undefined && { fullUrl }),
  };
}

/** The store counts writes only: puts the positions in the bundle back. */
function inBundle(error: unknown, indexes: readonly number[]): unknown {
  if (!(error instanceof FhirRejection)) return error;
  const issues = error.issues.map((issue) => {
    const index = issue.entry === undefined ? undefined : indexes[issue.entry];
    return index === undefined ? issue : { ...issue, entry: index };
  });
  return new FhirRejection(error.status, issues, { cause: error });
}

function writtenEntry(call: Call, result: WriteResult): TextEntry {
  if (result.outcome === 'nothing') return { response: { status: '204 No Content' } };
  if (result.outcome === 'existing') {
    const { record } = result;
    return responseEntry(answer(200, { ...versionHeaders(record), location: locationOf(call, record) }), call);
  }
  const { version, receipt, outcome } = result;
  const headers = { ...versionHeaders(version), ...receiptHeader(receipt) };
  if (outcome === 'deleted') return responseEntry(answer(204, headers), call);
  const located = { ...headers, location: locationOf(call, version) };
  const body = call.prefer.return === 'representation' ? version.text() : undefined;
  return responseEntry(answer(outcome === 'created' ? 201 : 200, located, body), call);
}

function responseEntry({ status, headers, body }: Answer, { base }: Call): TextEntry {
  const { etag, location, 'last-modified': modified } = headers;
  const isOutcome = body?.startsWith('{"resourceType":"OperationOutcome"') === true;
  return {
    ...(location !== undefined && { fullUrl: location.replace(/\/_history\/.*$/, '') }),
    ...(body !== undefined && !isOutcome && { resource: body }),
    response: {
      status: `${status} ${STATUS_CODES[status] ?? ''}`.trim(),
      ...(location !== undefined && { location: location.slice(base.length + 1) }),
      ...(etag !== undefined && { etag }),
      ...(modified !== undefined && { lastModified: new Date(modified).toISOString() }),
      ...(headers['x-receipt'] !== undefined && {
        extension: [{ url: RECEIPT_EXTENSION, valueUrl: headers['x-receipt'] }],
      }),
    },
    ...(isOutcome && { outcome: body }),
  };
}

/** On `Bundle.entry.response`: where the ledger's receipt of the write is found. */
const RECEIPT_EXTENSION = 'https://cairn.example/fhir/StructureDefinition/receipt';
