/** A visit as FHIR: the encounter and all that was found, done, prescribed and written at it. */
import { dateText, instantText } from './calendar.js';
import { DOCUMENT, ENCOUNTER_CLASS, hl7, PANEL, LAB, type Code } from './codes.js';
import { LAB_UNIT, panelValues } from './labs.js';
import type { ChosenVisit, Condition, Finding, Prescription, Visit } from './life-course.js';
import { observation, rangeOf, unitOf } from './observation.js';
import {
  locationRef,
  organisationRef,
  practitionerRef,
  type RecordContext,
  type Ref,
  type VisitContext,
} from './record.js';
import { addVitals } from './render-vitals.js';
import { base64, concept, syntheticMeta } from './synthetic.js';
import type { Encounter } from '@medplum/fhirtypes';

/** Writes the visit; a brief one with its diagnoses, procedures and prescriptions only. */
export function addVisit(context: RecordContext, { visit, brief }: ChosenVisit): VisitContext {
  const at = addEncounter(context, visit);
  for (const condition of visit.diagnoses) addCondition(at, condition);
  for (const prescription of visit.prescriptions) addPrescription(at, prescription);
  for (const procedure of visit.procedures) addProcedure(at, procedure);
  if (brief) return at;
  addVitals(at);
  for (const finding of visit.findings) addFinding(at, finding);
  for (const panel of visit.panels) addPanel(at, panel);
  for (const vaccine of visit.vaccines) addImmunization(at, vaccine);
  if (visit.note !== undefined) addNote(at, visit.note);
  return at;
}

function addEncounter(context: RecordContext, visit: Visit): VisitContext {
  const endMinute = visit.minute + visit.minutes;
  const start = instantText(visit.day, visit.minute);
  const end = instantText(visit.day + Math.floor(endMinute / 1440), endMinute % 1440);
  const known = visit.reason === undefined ? undefined : context.conditionRefs.get(visit.reason);
  const resource: Encounter = {
    resourceType: 'Encounter',
    meta: syntheticMeta(visit.sensitivity),
    status: 'finished',
    class: ENCOUNTER_CLASS[visit.class],
    type: [concept(visit.type)],
    subject: context.patient,
    participant: [{ individual: practitionerRef(visit.practitioner) }],
    period: { start, end },
    ...(visit.reason === undefined ? {} : { reasonCode: [concept(visit.reason.code)] }),
    ...(known === undefined ? {} : { reasonReference: [known] }),
    ...(visit.class === 'inpatient'
      ? { hospitalization: { dischargeDisposition: concept(hl7('discharge-disposition', 'home', 'Home')) } }
      : {}),
    location: [{ location: locationRef(visit.organisation) }],
    serviceProvider: organisationRef(visit.organisation),
  };
  return { ...context, visit, encounter: context.record.add(resource as Encounter & { id?: never }), start, end };
}

function addCondition(at: VisitContext, condition: Condition): void {
  const { code, onsetDay, abatementDay, chronic, sensitivity } = condition;
  const resolved = abatementDay !== undefined;
  const reference = at.record.add({
    resourceType: 'Condition',
    meta: syntheticMeta(sensitivity),
    clinicalStatus: {
      coding: [
        resolved ? hl7('condition-clinical', 'resolved', 'Resolved') : hl7('condition-clinical', 'active', 'Active'),
      ],
    },
    verificationStatus: { coding: [hl7('condition-ver-status', 'confirmed', 'Confirmed')] },
    category: [
      concept(
        chronic
          ? hl7('condition-category', 'problem-list-item', 'Problem List Item')
          : hl7('condition-category', 'encounter-diagnosis', 'Encounter Diagnosis'),
      ),
    ],
    code: concept(code),
    subject: at.patient,
    encounter: at.encounter,
    onsetDateTime: dateText(onsetDay),
    ...(resolved ? { abatementDateTime: dateText(abatementDay) } : {}),
    recordedDate: at.start,
    recorder: practitionerRef(at.visit.practitioner),
  });
  at.conditionRefs.set(condition, reference);
}

function addPrescription(at: VisitContext, { drug, instruction, timesPerDay, days }: Prescription): void {
  const { visit, course } = at;
  const endDay = days === undefined ? visit.reason?.abatementDay : visit.day + days;
  const lives = course.person.deathDay === undefined;
  const active = lives && (endDay === undefined || endDay >= course.person.endDay);
  at.record.add({
    resourceType: 'MedicationRequest',
    meta: syntheticMeta(visit.sensitivity),
    status: active ? 'active' : lives ? 'completed' : 'stopped',
    intent: 'order',
    medicationCodeableConcept: concept(drug),
    subject: at.patient,
    encounter: at.encounter,
    authoredOn: at.end,
    requester: practitionerRef(visit.practitioner),
    ...reason(at),
    dosageInstruction: [
      { sequence: 1, text: instruction, timing: { repeat: { frequency: timesPerDay, period: 1, periodUnit: 'd' } } },
    ],
    ...(days === undefined
      ? {}
      : {
          dispenseRequest: {
            expectedSupplyDuration: { value: days, unit: 'days', system: 'http://unitsofmeasure.org', code: 'd' },
          },
        }),
  });
}

function addProcedure(at: VisitContext, code: Code): void {
  const { visit } = at;
  at.record.add({
    resourceType: 'Procedure',
    meta: syntheticMeta(visit.sensitivity),
    status: 'completed',
    code: concept(code),
    subject: at.patient,
    encounter: at.encounter,
    performedPeriod: { start: at.start, end: at.end },
    performer: [{ actor: practitionerRef(visit.practitioner) }],
    location: locationRef(visit.organisation),
    ...reason(at),
  });
}

function addFinding(at: VisitContext, finding: Finding): void {
  const { code, category, value, range, sensitivity } = finding;
  const quantity = 'number' in value;
  at.record.add({
    ...observation(at, category, code, sensitivity ?? at.visit.sensitivity),
    ...(quantity
      ? {
          valueQuantity: {
            value: value.number,
            ...(value.below === true ? { comparator: '<' as const } : {}),
            ...unitOf(value),
          },
        }
      : { valueCodeableConcept: concept(value) }),
    ...(quantity && range !== undefined ? rangeOf(value.number, { ...value, ...range }) : {}),
  });
}

function addPanel(at: VisitContext, panel: keyof typeof PANEL): void {
  const { visit, course } = at;
  const random = course.random.fork(`${panel}/${visit.day}`);
  const results = panelValues(panel, visit, course.body, random).map(({ test, number }) => {
    const unit = LAB_UNIT[test];
    return at.record.add({
      ...observation(at, 'laboratory', LAB[test], visit.sensitivity),
      valueQuantity: { value: number, ...unitOf(unit) },
      ...rangeOf(number, unit),
    });
  });
  at.record.add({
    resourceType: 'DiagnosticReport',
    meta: syntheticMeta(visit.sensitivity),
    status: 'final',
    category: [concept(hl7('v2-0074', 'LAB', 'Laboratory'))],
    code: concept(PANEL[panel]),
    subject: at.patient,
    encounter: at.encounter,
    effectiveDateTime: at.start,
    issued: at.end,
    performer: [organisationRef(visit.organisation)],
    result: results,
  });
}

function addImmunization(at: VisitContext, vaccine: Code): void {
  at.record.add({
    resourceType: 'Immunization',
    meta: syntheticMeta(),
    status: 'completed',
    vaccineCode: concept(vaccine),
    patient: at.patient,
    encounter: at.encounter,
    occurrenceDateTime: at.start,
    primarySource: true,
    location: locationRef(at.visit.organisation),
    performer: [{ actor: practitionerRef(at.visit.practitioner) }],
  });
}

function addNote(at: VisitContext, lines: readonly string[]): void {
  const { visit } = at;
  const type =
    visit.class === 'inpatient'
      ? DOCUMENT.discharge
      : visit.reason === undefined
        ? DOCUMENT.examination
        : DOCUMENT.progress;
  const text = [`${type.display}, ${dateText(visit.day)}`, `${visit.organisation.name}`, '', ...lines, ''].join('\n');
  at.record.add({
    resourceType: 'DocumentReference',
    meta: syntheticMeta(visit.sensitivity),
    status: 'current',
    docStatus: 'final',
    type: concept(type),
    category: [
      concept({
        system: 'http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category',
        code: 'clinical-note',
        display: 'Clinical Note',
      }),
    ],
    subject: at.patient,
    date: at.end,
    author: [practitionerRef(visit.practitioner)],
    custodian: organisationRef(visit.organisation),
    content: [{ attachment: { contentType: 'text/plain', data: base64(text), title: type.display, creation: at.end } }],
    context: { encounter: [at.encounter], period: { start: at.start, end: at.end } },
  });
}

function reason(at: VisitContext): { reasonReference?: Ref[] } {
  const reference = at.visit.reason === undefined ? undefined : at.conditionRefs.get(at.visit.reason);
  return reference === undefined ? {} : { reasonReference: [reference] };
}
