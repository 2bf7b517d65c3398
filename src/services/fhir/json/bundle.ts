import { assert } from '../../../primitives/assert.js';
import { CairnError } from '../../../primitives/errors.js';
import { BUNDLE_LIMITS, parseFhirJson, type JsonLimits, type JsonObject, type JsonValue } from './parse.js';
import { endOfValue, readArray, readObject, skipBlank } from './scan.js';

/** `Bundle.entry.request` (R4 §2.36): what a batch or transaction asks for. Absent members were absent. */
export interface BundleRequest {
  readonly method?: string;
  readonly url?: string;
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
  readonly ifNoneExist?: string;
  readonly ifModifiedSince?: string;
}

export interface BundleEntry {
  /** Position in `Bundle.entry`, from 0. */
  readonly index: number;
  readonly fullUrl?: string;
  readonly request?: BundleRequest;
  /** The resource, and exactly the text that stood for it in the bundle. */
  readonly resource?: { readonly text: string; readonly value: JsonObject };
}

export interface SlicedBundle {
  /** `Bundle.type`, where it is a string. */
  readonly type?: string;
  readonly entries: readonly BundleEntry[];
}

/**
 * Takes a Bundle apart without touching the text of its resources, so that what is sealed is what was received.
 * Checks the shape that slicing needs (an array of objects); whether each resource is valid is not asked here.
 * The slices share the memory of `text`.
 *
 * @throws CairnError `fhir.not-a-bundle`, and those of {@link parseFhirJson}
 */
export function sliceBundleEntries(text: string, limits: JsonLimits = BUNDLE_LIMITS): SlicedBundle {
  const bundle = parseFhirJson(text, limits);
  if (!isObject(bundle) || bundle['resourceType'] !== 'Bundle') {
    throw new CairnError('fhir.not-a-bundle', 'the JSON is not a FHIR Bundle');
  }
  const values = bundle['entry'] ?? [];
  if (!Array.isArray(values) || !values.every(isObject)) {
    throw new CairnError('fhir.not-a-bundle', 'Bundle.entry is not an array of objects');
  }
  const texts = resourceTexts(text);
  assert(texts.length === values.length, 'scanner and parser see the same entries');
  const type = bundle['type'];
  return {
    ...(typeof type === 'string' && { type }),
    entries: values.map((value, index) => entryFrom(value, index, texts[index])),
  };
}

function entryFrom(value: JsonObject, index: number, text: string | undefined): BundleEntry {
  const { fullUrl, request, resource } = value as { [name: string]: JsonValue | undefined };
  if (resource !== undefined && !isObject(resource)) {
    throw new CairnError('fhir.not-a-bundle', `Bundle.entry[${index}].resource is not an object`);
  }
  assert((resource === undefined) === (text === undefined), 'scanner and parser see the same resource');
  return {
    index,
    ...(typeof fullUrl === 'string' && { fullUrl }),
    ...(isObject(request) && { request: requestFrom(request) }),
    ...(resource !== undefined && text !== undefined && { resource: { text, value: resource } }),
  };
}

const REQUEST_MEMBERS = ['method', 'url', 'ifMatch', 'ifNoneMatch', 'ifNoneExist', 'ifModifiedSince'] as const;

function requestFrom(value: JsonObject): BundleRequest {
  const request: { -readonly [name in keyof BundleRequest]: BundleRequest[name] } = {};
  for (const name of REQUEST_MEMBERS) {
    const member = value[name];
    if (typeof member === 'string') request[name] = member;
  }
  return request;
}

/** The text of each entry's resource, in order, in one pass. */
function resourceTexts(text: string): (string | undefined)[] {
  const texts: (string | undefined)[] = [];
  const readEntry = (start: number): number => {
    let resource: string | undefined;
    const end = readObject(text, start, (name, valueStart) => {
      if (name !== 'resource') return undefined;
      const valueEnd = endOfValue(text, valueStart);
      resource = text.slice(valueStart, valueEnd);
      return valueEnd;
    });
    texts.push(resource);
    return end;
  };
  readObject(text, skipBlank(text, 0), (name, start) =>
    name === 'entry' ? readArray(text, start, readEntry) : undefined,
  );
  return texts;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
