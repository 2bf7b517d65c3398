/** The Patient, the insurance and the allergies. */
import { dateText, instantText } from './calendar.js';
import { ALLERGY, hl7, REACTION } from './codes.js';
import { INSURER_ID, organisationById, type OrganisationId } from './organisations.js';
import type { Person } from './person.js';
import type { Random } from './random.js';
import { organisationRef, type PatientRecord, type Ref } from './record.js';
import { concept, syntheticMeta } from './synthetic.js';

export function addPatient(record: PatientRecord, person: Person, home: OrganisationId, random: Random): Ref {
  const organisation = organisationById(home);
  const number = String(random.integer(0, 99_999_999)).padStart(8, '0');
  return record.add({
    resourceType: 'Patient',
    meta: syntheticMeta(),
    identifier: [
      {
        use: 'usual',
        type: concept(hl7('v2-0203', 'MR', 'Medical record number')),
        system: `https://cairn.example/identifiers/${home}/mrn`,
        value: number,
        assigner: organisationRef(organisation),
      },
    ],
    active: true,
    name: [{ use: 'official', family: person.family, given: [person.given, person.middle] }],
    telecom: [person.phone],
    gender: person.sex,
    birthDate: dateText(person.birthDay),
    ...(person.deathDay === undefined ? {} : { deceasedDateTime: instantText(person.deathDay, 12 * 60) }),
    address: [person.address],
    maritalStatus: concept(hl7('v3-MaritalStatus', person.marital.code, person.marital.display)),
    communication: [{ language: concept({ system: 'urn:ietf:bcp:47', ...person.language }), preferred: true }],
    managingOrganization: organisationRef(organisation),
  });
}

/** @param startDay - first day on which something is insured. */
export function addCoverage(
  record: PatientRecord,
  patient: Ref,
  person: Person,
  startDay: number,
  random: Random,
): Ref {
  const adult = person.endDay - startDay > 0 && person.endDay - person.birthDay > 18 * 366;
  const member = `HM${String(random.integer(0, 999_999_999)).padStart(9, '0')}`;
  return record.add({
    resourceType: 'Coverage',
    meta: syntheticMeta(),
    identifier: [{ system: 'https://cairn.example/identifiers/harbour-mutual/member', value: member }],
    status: 'active',
    type: concept({
      system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
      code: 'HIP',
      display: 'health insurance plan policy',
    }),
    subscriberId: member,
    beneficiary: patient,
    relationship: concept(
      adult ? hl7('subscriber-relationship', 'self', 'Self') : hl7('subscriber-relationship', 'child', 'Child'),
    ),
    period: { start: dateText(startDay) },
    payor: [organisationRef(organisationById(INSURER_ID))],
  });
}

const ALLERGY_CATEGORY: Record<keyof typeof ALLERGY, 'food' | 'environment'> = {
  mould: 'environment',
  dander: 'environment',
  treePollen: 'environment',
  grassPollen: 'environment',
  dustMite: 'environment',
  shellfish: 'food',
  beeVenom: 'environment',
  peanuts: 'food',
  fish: 'food',
  eggs: 'food',
};

export function addAllergies(record: PatientRecord, patient: Ref, person: Person, random: Random): void {
  const count = random.weighted([[0, 72], [1, 17], [2, 8], [3, 3]] as const); // prettier-ignore
  const kinds = new Set<keyof typeof ALLERGY>();
  for (let index = 0; index < count; index++) kinds.add(random.pick(Object.keys(ALLERGY) as (keyof typeof ALLERGY)[]));
  for (const kind of kinds) {
    const severe = (kind === 'peanuts' || kind === 'beeVenom') && random.chance(0.5);
    const span = Math.min(person.endDay - person.birthDay, 20 * 365);
    const day = person.birthDay + Math.floor(span * random.between(0.2, 0.9));
    record.add({
      resourceType: 'AllergyIntolerance',
      meta: syntheticMeta(),
      clinicalStatus: { coding: [hl7('allergyintolerance-clinical', 'active', 'Active')] },
      verificationStatus: { coding: [hl7('allergyintolerance-verification', 'confirmed', 'Confirmed')] },
      type: 'allergy',
      category: [ALLERGY_CATEGORY[kind]],
      criticality: severe ? 'high' : 'low',
      code: concept(ALLERGY[kind]),
      patient,
      onsetDateTime: dateText(day),
      recordedDate: dateText(day),
      reaction: [
        {
          manifestation: [concept(severe ? REACTION.dyspnea : random.pick([REACTION.rash, REACTION.itching]))],
          severity: severe ? 'severe' : random.pick(['mild', 'moderate'] as const),
        },
      ],
    });
  }
}
