/** What all observations have in common. */
import type { Observation } from '@medplum/fhirtypes';
import { hl7, type Code, type Sensitivity } from './codes.js';
import { practitionerRef, type VisitContext } from './record.js';
import { concept, syntheticMeta } from './synthetic.js';

const CATEGORY_DISPLAY = {
  laboratory: 'Laboratory',
  survey: 'Survey',
  'social-history': 'Social History',
  'vital-signs': 'Vital Signs',
};

/** The part that all observations of a visit have in common. */
export function observation(
  at: VisitContext,
  category: keyof typeof CATEGORY_DISPLAY,
  code: Code,
  sensitivity: Sensitivity | undefined,
): Observation & { id?: never } {
  return {
    resourceType: 'Observation',
    meta: syntheticMeta(sensitivity),
    status: 'final',
    category: [concept(hl7('observation-category', category, CATEGORY_DISPLAY[category]))],
    code: concept(code),
    subject: at.patient,
    encounter: at.encounter,
    effectiveDateTime: at.start,
    issued: at.end,
    performer: [practitionerRef(at.visit.practitioner)],
  };
}

export function unitOf({ unit, ucum }: { unit: string; ucum: string }): { unit: string; system: string; code: string } {
  return { unit, system: 'http://unitsofmeasure.org', code: ucum };
}

/** The normal range and where the value lies in it. */
export function rangeOf(
  value: number,
  { low, high, ...units }: { low?: number; high?: number; unit: string; ucum: string },
): Pick<Observation, 'interpretation' | 'referenceRange'> {
  const code =
    high !== undefined && value > high
      ? hl7('v3-ObservationInterpretation', 'H', 'High')
      : low !== undefined && value < low
        ? hl7('v3-ObservationInterpretation', 'L', 'Low')
        : hl7('v3-ObservationInterpretation', 'N', 'Normal');
  return {
    interpretation: [{ coding: [code] }],
    referenceRange: [
      {
        ...(low === undefined ? {} : { low: { value: low, ...unitOf(units) } }),
        ...(high === undefined ? {} : { high: { value: high, ...unitOf(units) } }),
      },
    ],
  };
}
