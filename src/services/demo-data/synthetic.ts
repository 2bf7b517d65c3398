/** What every generated resource has in common: its mark as synthetic, its labels and its place in a transaction. */
import type { BundleEntry, Coding, Meta, Resource } from '@medplum/fhirtypes';
import { SENSITIVITY, type Code, type Sensitivity } from './codes.js';

/** The tag of every generated resource, so that nobody mistakes one for a person. */
const SYNTHETIC_TAG: Coding = {
  system: 'https://cairn.example/fhir/tags',
  code: 'synthetic',
  display: 'Synthetic data',
};

const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';

/** Labelled as DS4P does: the sensitivity and the confidentiality level that follows from it. */
export function syntheticMeta(sensitivity?: Sensitivity): Meta {
  if (sensitivity === undefined) return { tag: [SYNTHETIC_TAG] };
  return {
    security: [SENSITIVITY[sensitivity], { system: CONFIDENTIALITY, code: 'R', display: 'restricted' }],
    tag: [SYNTHETIC_TAG],
  };
}

/** Adds the resource under a logical id that a server keeps. */
export function putEntry(resource: Resource & { id: string }): BundleEntry {
  const url = `${resource.resourceType}/${resource.id}`;
  return { fullUrl: `https://cairn.example/fhir/${url}`, resource, request: { method: 'PUT', url } };
}

export function postEntry(fullUrl: string, resource: Resource): BundleEntry {
  return { fullUrl, resource, request: { method: 'POST', url: resource.resourceType } };
}

export function concept(code: Code): { coding: [Code]; text: string } {
  return { coding: [code], text: code.display };
}

export function round(value: number, digits: 0 | 1 | 2): number {
  const factor = digits === 0 ? 1 : digits === 1 ? 10 : 100;
  return Math.round(value * factor) / factor;
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Base64 (RFC 4648 §4) of ASCII text. */
export function base64(ascii: string): string {
  let out = '';
  for (let index = 0; index < ascii.length; index += 3) {
    const rest = ascii.length - index;
    const at = (offset: number): number => (offset < rest ? ascii.charCodeAt(index + offset) : 0);
    const word = (at(0) << 16) | (at(1) << 8) | at(2);
    const digits = [18, 12, 6, 0].map((shift) => BASE64.charAt((word >> shift) & 63)).join('');
    out += rest === 1 ? `${digits.slice(0, 2)}==` : rest === 2 ? `${digits.slice(0, 3)}=` : digits;
  }
  return out;
}
