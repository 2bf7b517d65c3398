import { createHash } from 'node:crypto';
import { InvariantError } from '../../../primitives/errors.js';
import { canonicalJson, type JsonValue } from '../../../primitives/canonical-json.js';
import { PATIENT_COMPARTMENTS } from '../../organisation/compartments.js';
import { categoriesIn } from './icd10.js';
import { LABEL_RULES } from './rules.js';
import type { LabelRules } from './rules/model.js';

export type PatientCompartment = (typeof PATIENT_COMPARTMENTS)[number];

/** Which rules decided: `labels/1/` and the SHA-256 of their canonical JSON (RFC 8785), in hex. */
export function labelRulesId(rules: LabelRules = LABEL_RULES): string {
  const json = canonicalJson(rules as unknown as JsonValue);
  return `labels/${rules.version}/${createHash('sha256').update(json).digest('hex')}`;
}

/**
 * The compartment a patient's record belongs to: the most sensitive one, in the order of `PATIENT_COMPARTMENTS`, that the
 * sender's label in `meta.security` or any Coding anywhere in the record speaks for; `general` where none does. So a claim
 * for an HIV test is as closed as the test. Text is not read, nor the displays of codes, nor what the record refers to.
 *
 * A sender's confidentiality code (`R`, `V`) says how much, not what, and decides nothing here.
 */
export function labelResource(resource: object): PatientCompartment {
  return PATIENT_COMPARTMENTS[rankOf(resource)] ?? 'general';
}

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const ICD10_SYSTEMS: ReadonlySet<string> = new Set([
  'http://hl7.org/fhir/sid/icd-10-cm',
  'http://hl7.org/fhir/sid/icd-10',
  'http://terminology.hl7.org/CodeSystem/icd10CM',
]);
/** Rank of `general`: the last and least. */
const GENERAL = PATIENT_COMPARTMENTS.length - 1;
const DEPTH_MAX = 128;

function rankOf(resource: object): number {
  let rank = GENERAL;
  const security = (resource as { meta?: { security?: unknown } }).meta?.security;
  if (Array.isArray(security)) {
    for (const label of security as { system?: unknown; code?: unknown }[]) {
      if (label.system === ACT_CODE) rank = Math.min(rank, table.labels.get(label.code as string) ?? GENERAL);
    }
  }
  return Math.min(rank, rankWithin(resource, 0));
}

/** The least rank of any Coding within; whatever has a system and a code is one. */
function rankWithin(node: object, depth: number): number {
  if (depth > DEPTH_MAX) throw new InvariantError('a validated resource does not nest this deep');
  let rank = GENERAL;
  const { system, code } = node as { system?: unknown; code?: unknown };
  if (typeof system === 'string' && typeof code === 'string') rank = rankOfCode(system, code);
  for (const name in node) {
    if (rank === 0) return rank;
    const value = (node as Record<string, unknown>)[name];
    if (typeof value === 'object' && value !== null) rank = Math.min(rank, rankWithin(value, depth + 1));
  }
  return rank;
}

function rankOfCode(system: string, code: string): number {
  const rank = table.codes.get(system)?.get(code);
  if (rank !== undefined) return rank;
  if (!ICD10_SYSTEMS.has(system)) return GENERAL;
  const category = code.replace('.', '').toUpperCase();
  let least = GENERAL;
  for (let length = 3; length <= category.length; length++) {
    least = Math.min(least, table.icd10.get(category.slice(0, length)) ?? GENERAL);
  }
  return least;
}

interface RankTable {
  readonly labels: ReadonlyMap<string, number>;
  readonly codes: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** By category without its dot. */
  readonly icd10: ReadonlyMap<string, number>;
}

const table = tabulate(LABEL_RULES);

function tabulate(rules: LabelRules): RankTable {
  const labels = new Map<string, number>();
  const codes = new Map<string, Map<string, number>>();
  const icd10 = new Map<string, number>();
  PATIENT_COMPARTMENTS.forEach((compartment, rank) => {
    if (compartment === 'general') return;
    const own = rules.compartments[compartment];
    const add = (map: Map<string, number>, key: string): void => {
      map.set(key, Math.min(rank, map.get(key) ?? GENERAL));
    };
    for (const label of own.labels) add(labels, label);
    for (const category of own.icd10.flatMap(categoriesIn)) add(icd10, category);
    for (const [system, list] of Object.entries(own.codes)) {
      const ofSystem = codes.get(system) ?? new Map<string, number>();
      codes.set(system, ofSystem);
      for (const code of list) add(ofSystem, code);
    }
  });
  return { labels, codes, icd10 };
}
