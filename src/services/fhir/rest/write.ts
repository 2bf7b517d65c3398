import type { OperationOutcome } from '@medplum/fhirtypes';
import { requireScope } from '../../auth/api-key-auth.js';
import { receive, validated, type ReceivedResource, type ValidResource } from '../store/received-resource.js';
import { rejection } from '../store/rejection.js';
import type { WriteResult } from '../store/resource-store.js';
import type { WriteRequest } from '../store/write-request.js';
import { accessHeader, answer, outcomeAnswer, receiptHeader, versionHeaders, type Answer } from './answer.js';
import { param, type Call, type Conditions, type Handler } from './call.js';

/** `POST [type]`, with If-None-Exist a conditional create */
export const create: Handler = (call) => {
  const { ifNoneExist } = call.conditions;
  return writeOne(call, { method: 'POST', ...criteriaOf(ifNoneExist) }, receive(call.body()));
};

/** `PUT [type]/[id]` */
export const update: Handler = (call) => {
  const id = param(call, 'id');
  const received = receive(call.body());
  checkIdentity(received, id);
  return writeOne(call, { method: 'PUT', id }, received);
};

/** `PUT [type]?…` */
export const conditionalUpdate: Handler = (call) =>
  writeOne(call, { method: 'PUT', criteria: call.query }, receive(call.body()));

/** `DELETE [type]/[id]` */
export const remove: Handler = (call) => writeOne(call, { method: 'DELETE', id: param(call, 'id') });

/** `DELETE [type]?…` */
export const conditionalRemove: Handler = (call) => writeOne(call, { method: 'DELETE', criteria: call.query });

/** `PATCH …`: a patch is defined on parsed JSON and would lose the spelling of what was received. */
export const patch: Handler = () => {
  throw rejection(501, 'not-supported', 'Patches are not supported: they lose the precision of decimals. Use PUT.');
};

/** What an update has to say of itself (R4 §3.1.0.4). */
export function checkIdentity({ value }: ReceivedResource, id: string): void {
  if (value['id'] === id) return;
  throw rejection(400, 'value', 'The id in the resource is not the one in the URL.');
}

/** @throws FhirRejection 400 when the resource is of another type than the URL says; 422 for its faults. */
export function validatedAs(type: string, received: ReceivedResource): ValidResource {
  const said = received.value['resourceType'];
  if (typeof said === 'string' && said !== type) {
    throw rejection(400, 'value', 'The resource is of another type than the URL says.');
  }
  return validated(received);
}

/** Versions to compare with, from ETags. */
export function preconditionsOf({ ifMatch, ifNoneMatch }: Conditions): Pick<WriteRequest, 'ifMatch' | 'onlyIfAbsent'> {
  const version = ifMatch === undefined ? undefined : /^(?:W\/)?"([^"]*)"$/.exec(ifMatch.trim())?.[1];
  if (ifMatch !== undefined && version === undefined) {
    throw rejection(400, 'value', 'If-Match holds one ETag: W/"version".');
  }
  return { ...(version !== undefined && { ifMatch: version }), ...(ifNoneMatch === '*' && { onlyIfAbsent: true }) };
}

function criteriaOf(criteria: string | undefined): Pick<WriteRequest, 'criteria'> {
  return criteria === undefined ? {} : { criteria };
}

async function writeOne(
  call: Call,
  { criteria, ...request }: Pick<WriteRequest, 'method' | 'id' | 'criteria'>,
  received?: ReceivedResource,
): Promise<Answer> {
  const type = param(call, 'type');
  const { hosted } = call.principal;
  // What a condition finds is disclosed by what it does.
  if (criteria !== undefined) requireScope(call.principal, 'read');
  const resource = received === undefined ? undefined : validatedAs(type, received);
  const options = { scope: hosted.reader.scope(call.reader) };
  const [result] = await hosted.store.write(
    [
      {
        ...request,
        type,
        ...criteriaOf(criteria),
        ...preconditionsOf(call.conditions),
        ...(resource !== undefined && { resource }),
      },
    ],
    options,
  );
  return result === undefined || result.outcome === 'nothing' ? answer(204, {}) : written(call, result);
}

async function written(call: Call, result: Exclude<WriteResult, { outcome: 'nothing' }>): Promise<Answer> {
  if (result.outcome === 'existing') {
    const { type, id } = result.record;
    const { value, accesses } = await call.principal.hosted.reader.read(call.reader, type, id);
    const headers = { ...versionHeaders(value), ...accessHeader(accesses), location: locationOf(call, value) };
    return answer(200, headers, call.prefer.return === 'minimal' ? undefined : value.text);
  }
  const { version, receipt, outcome } = result;
  const headers = { ...versionHeaders(version), ...receiptHeader(receipt) };
  if (outcome === 'deleted') return answer(204, headers);
  const status = outcome === 'created' ? 201 : 200;
  const located = { ...headers, location: locationOf(call, version) };
  switch (call.prefer.return) {
    case 'minimal':
      return answer(status, located);
    case 'OperationOutcome':
      return outcomeAnswer(status, DONE, located);
    default:
      return answer(status, located, version.text());
  }
}

export function locationOf(
  { base }: Call,
  { type, id, version }: { readonly type: string; readonly id: string; readonly version: number },
): string {
  return `${base}/${type}/${id}/_history/${version}`;
}

const DONE = {
  resourceType: 'OperationOutcome',
  issue: [{ severity: 'information', code: 'informational', diagnostics: 'The resource is stored.' }],
} as const satisfies OperationOutcome;
