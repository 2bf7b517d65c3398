import { applyEdits, format } from 'jsonc-parser';
import type { FastifyRequest } from 'fastify';
import { rejection } from '../store/rejection.js';

export const CONTENT_TYPE = 'application/fhir+json; charset=utf-8';

const JSON_FORMATS: ReadonlySet<string> = new Set(['json', 'application/json', 'application/fhir+json', 'text/json']);
const ACCEPTED = /(^|,)\s*(\*\/\*|application\/\*|application\/(fhir\+)?json|text\/json)\s*(;|,|$)/;

/** @throws FhirRejection 406 when the client asks for anything but JSON. */
export function checkFormat(request: FastifyRequest): void {
  const wanted = formatOf(request);
  const { accept } = request.headers;
  const isJson = wanted === undefined ? accept === undefined || ACCEPTED.test(accept) : JSON_FORMATS.has(wanted);
  if (!isJson) throw rejection(406, 'not-supported', 'Only application/fhir+json is served.');
}

/** `_format` goes before Accept (R4 §3.1.0.1.11). A plus that was sent bare has become a space. */
function formatOf({ url }: FastifyRequest): string | undefined {
  if (!url.includes('_format=')) return undefined;
  const wanted = new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('_format');
  return wanted?.replace(' ', '+').split(';', 1)[0];
}

export function isPretty({ url }: FastifyRequest): boolean {
  return url.includes('_pretty=true');
}

/** Indents without touching a value: `1.00` stays `1.00`. */
export function pretty(text: string): string {
  return `${applyEdits(text, format(text, undefined, { insertSpaces: true, tabSize: 2, eol: '\n' }))}\n`;
}
