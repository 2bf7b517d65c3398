import { parseFhirJson, RESOURCE_LIMITS, type JsonObject } from '../json/parse.js';
import { validateResource } from '../validation/validate.js';
import { FhirRejection, rejection } from './rejection.js';

/** A resource as it came in: what is stored is the text, what is looked at is the value. */
export interface ReceivedResource {
  readonly text: string;
  readonly value: JsonObject;
}

declare const VALID: unique symbol;

/** A resource without a fault: only {@link validated} makes one. */
export interface ValidResource extends ReceivedResource {
  readonly type: string;
  /** As sent; a server may give another. */
  readonly id: string | undefined;
  readonly [VALID]: true;
}

/** @throws FhirRejection 422 with every fault that was found. */
export function validated({ text, value }: ReceivedResource): ValidResource {
  const issues = validateResource(value);
  if (issues.length > 0) throw new FhirRejection(422, issues);
  const { resourceType, id } = value as { resourceType: string; id?: string };
  return { text, value, type: resourceType, id } as ValidResource;
}

/** Parses the text of one resource. @throws FhirRejection 400; CairnError `fhir.json-*`. */
export function receive(text: string): ReceivedResource {
  const value = parseFhirJson(text, RESOURCE_LIMITS);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw rejection(400, 'structure', 'The body is not a resource, which is a JSON object.');
  }
  return { text, value: value as JsonObject };
}

/** Logical ids of FHIR R4. */
export function isLogicalId(id: string): boolean {
  return /^[A-Za-z0-9\-.]{1,64}$/.test(id);
}
