import { visit } from 'jsonc-parser';
import { CairnError } from '../../../primitives/errors.js';
import { endOfString } from './scan.js';

export type JsonObject = { readonly [name: string]: JsonValue };
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

export interface JsonLimits {
  /** Longest text, in UTF-16 code units. */
  readonly lengthMax: number;
  /** Deepest nesting of objects and arrays. */
  readonly depthMax: number;
}

/** Limits for one resource: the size of a large document with its attachment, deeper than any questionnaire in use. */
export const RESOURCE_LIMITS: JsonLimits = { lengthMax: 16 * 1024 * 1024, depthMax: 64 };

/** Limits for a bundle of resources. */
export const BUNDLE_LIMITS: JsonLimits = { lengthMax: 128 * 1024 * 1024, depthMax: 72 };

/**
 * Parses one JSON text strictly. Beyond `JSON.parse` it refuses what would let two readers see two different records:
 * a name that occurs twice in an object, and a surrogate without its partner (which UTF-8 cannot carry).
 *
 * Messages name the line and column, never the content.
 *
 * @throws CairnError `fhir.json-too-large`, `fhir.json-too-deep`, `fhir.json-malformed`, `fhir.json-duplicate-key`
 */
export function parseFhirJson(text: string, limits: JsonLimits): JsonValue {
  if (text.length > limits.lengthMax) {
    throw new CairnError('fhir.json-too-large', `the JSON text is longer than ${limits.lengthMax} characters`);
  }
  const memberCount = scanStructure(text, limits.depthMax);
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    // V8's message quotes the text, so it goes no further.
    throw malformed(text);
  }
  // JSON.parse keeps the last of equal names, so a text with more members than its value has said something twice.
  if (countMembers(value) !== memberCount) throw duplicateKey(text);
  refuseLoneSurrogates(text);
  return value;
}

/**
 * Decodes UTF-8 without a byte order mark and without replacing anything.
 *
 * @throws CairnError `fhir.json-too-large`, `fhir.json-malformed`
 */
export function decodeFhirText(bytes: Uint8Array, limits: JsonLimits): string {
  if (bytes.length > limits.lengthMax) {
    throw new CairnError('fhir.json-too-large', `the JSON text is longer than ${limits.lengthMax} bytes`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new CairnError('fhir.json-malformed', 'the text is not UTF-8');
  }
}

/** Bounds the depth and counts the members (by their colons) in one pass, on text that may still be malformed. */
function scanStructure(text: string, depthMax: number): number {
  let depth = 0;
  let members = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfStringIn(text, at) - 1;
        break;
      case 0x3a: // :
        members++;
        break;
      case 0x5b: // [
      case 0x7b: // {
        if (++depth > depthMax) {
          throw new CairnError(
            'fhir.json-too-deep',
            `the JSON nests deeper than ${depthMax} levels ${position(text, at)}`,
          );
        }
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
    }
  }
  return members;
}

/** As {@link endOfString}, on text in which a string may stay open. */
function endOfStringIn(text: string, start: number): number {
  let from = start + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote < 0) throw malformed(text);
    let before = quote - 1;
    while (text.charCodeAt(before) === 0x5c) before--;
    if ((quote - before) % 2 === 1) return quote + 1;
    from = quote + 1;
  }
}

function countMembers(value: JsonValue): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value as readonly JsonValue[]) count += countMembers(item);
    return count;
  }
  const members = value as { readonly [name: string]: JsonValue };
  for (const name in members) count += 1 + countMembers(members[name] as JsonValue);
  return count;
}

const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;
const LONE_SURROGATE = /\p{Surrogate}/u;

function refuseLoneSurrogates(text: string): void {
  const raw = LONE_SURROGATE.exec(text);
  if (raw !== null) {
    throw new CairnError('fhir.json-malformed', `half of a surrogate pair stands alone ${position(text, raw.index)}`);
  }
  if (!SURROGATE_ESCAPE.test(text)) return;
  for (let at = text.indexOf('"'); at >= 0;) {
    const end = endOfString(text, at);
    const literal = text.slice(at, end);
    if (SURROGATE_ESCAPE.test(literal) && LONE_SURROGATE.test(JSON.parse(literal) as string)) {
      throw new CairnError('fhir.json-malformed', `half of a surrogate pair stands alone ${position(text, at)}`);
    }
    at = text.indexOf('"', end);
  }
}

/** Walks to the first fault and stops there, since what follows it may nest without bound. */
function malformed(text: string): CairnError {
  try {
    visit(
      text,
      {
        onError: (_error, _offset, _length, line, column) => {
          throw new CairnError('fhir.json-malformed', `the text is not JSON at line ${line + 1}, column ${column + 1}`);
        },
      },
      { disallowComments: true },
    );
  } catch (error) {
    if (error instanceof CairnError) return error;
    throw error;
  }
  return new CairnError('fhir.json-malformed', 'the text is not JSON');
}

function duplicateKey(text: string): CairnError {
  const open: Set<string>[] = [];
  let where = '';
  visit(text, {
    onObjectBegin: () => void open.push(new Set()),
    onObjectEnd: () => void open.pop(),
    onObjectProperty: (name, _offset, _length, line, column) => {
      const names = open.at(-1);
      if (names?.has(name)) where ||= ` at line ${line + 1}, column ${column + 1}`;
      names?.add(name);
    },
  });
  return new CairnError('fhir.json-duplicate-key', `an object has the same name twice${where}; send each name once`);
}

function position(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
