/** Every patient's compartments, most sensitive first. All are opened for everyone, used or not. */
export const PATIENT_COMPARTMENTS = [
  'genetics',
  'hiv',
  'substance-use',
  'mental-health',
  'sexual-and-reproductive',
  'violence',
  'general',
] as const;

/** An organisation's own practitioners, places and medicines: no patient's. */
export const DIRECTORY_COMPARTMENTS = ['directory'] as const;

export type CompartmentCode = (typeof PATIENT_COMPARTMENTS)[number] | (typeof DIRECTORY_COMPARTMENTS)[number];

export function compartmentsOfKind(kind: 'patient' | 'directory'): readonly CompartmentCode[] {
  return kind === 'patient' ? PATIENT_COMPARTMENTS : DIRECTORY_COMPARTMENTS;
}
