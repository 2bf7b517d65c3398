import type { Bundle } from '@medplum/fhirtypes';
import { CairnError } from '../../primitives/errors.js';
import { dateText, parseDay } from './calendar.js';
import { SENSITIVITY, type Sensitivity } from './codes.js';
import { chooseVisits, LifeCourse } from './life-course.js';
import type { OrganisationId } from './organisations.js';
import { inventPerson } from './person.js';
import { Physiology } from './physiology.js';
import { planAcute } from './plan-acute.js';
import { planChronic } from './plan-chronic.js';
import { planSensitive } from './plan-sensitive.js';
import { planWellness } from './plan-wellness.js';
import { Random } from './random.js';
import { PatientRecord, type RecordContext } from './record.js';
import { addClaim } from './render-billing.js';
import { addCare } from './render-care.js';
import { addAllergies, addCoverage, addPatient } from './render-patient.js';
import { addVisit } from './render-visit.js';

export interface PatientOptions {
  /** How much of the life is in the record: 0 for about 40 resources, 1 for about 300. Default 0.4. A short life has fewer. */
  readonly scale?: number;
  /** "Today", `YYYY-MM-DD`: nothing is later. Default 2026-11-01. */
  readonly dateOfReference?: string;
  /** The organisation with the patient's family doctor; drawn from the seed where absent. */
  readonly home?: CareOrganisationId;
}

export type CareOrganisationId = Extract<
  OrganisationId,
  'alder-valley-hospital' | 'st-brannoc-hospital' | 'larkfield-clinic'
>;

export interface PatientSummary {
  readonly name: string;
  readonly sex: 'female' | 'male';
  readonly birthDate: string;
  readonly deathDate?: string;
  readonly home: CareOrganisationId;
  /** Displays of the conditions, in order of their record. */
  readonly conditions: readonly string[];
  /** Kinds of sensitive information that the record holds. */
  readonly sensitivities: readonly Sensitivity[];
  readonly resourceCount: number;
}

export interface GeneratedPatient {
  /**
   * Transaction of POST entries under `urn:uuid:` URLs, `resource.id` being the same UUID. It refers to organisations, locations and
   * practitioners of {@link generateOrganisations} by `Organization/<id>` and so on, which therefore come first.
   */
  readonly bundle: Bundle;
  readonly summary: PatientSummary;
}

/**
 * A believable synthetic patient as FHIR R4. The same seed and options give the same bytes under `JSON.stringify`, on any engine.
 * @param seed - safe integer ≥ 0.
 * @throws `demo-data.bad-seed`, `demo-data.bad-scale`, `demo-data.bad-date`
 */
export function generatePatient(seed: number, options: PatientOptions = {}): GeneratedPatient {
  const { scale = 0.4, dateOfReference = '2026-11-01' } = options;
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new CairnError('demo-data.bad-seed', 'Give the seed as an integer from 0 to 2^53 - 1.');
  }
  if (!(scale >= 0 && scale <= 1))
    throw new CairnError('demo-data.bad-scale', 'Give the scale as a number from 0 to 1.');

  const random = new Random(seed, 'patient');
  const referenceDay = parseDay(dateOfReference);
  const person = inventPerson(random.fork('person'), referenceDay);
  const home = options.home ?? random.fork('home').weighted(HOMES);
  const body = new Physiology(person, random.fork('body'));
  const course = new LifeCourse(person, body, random.fork('course'), home, referenceDay);
  planChronic(course);
  planSensitive(course);
  planAcute(course);
  planWellness(course);
  const visits = chooseVisits(course, 40 + 260 * scale);
  const startDay = visits[0]?.visit.day ?? person.birthDay;

  const record = new PatientRecord(random.fork('ids'));
  const administrative = random.fork('administrative');
  const patient = addPatient(record, person, home, administrative);
  const coverage = person.insured ? addCoverage(record, patient, person, startDay, administrative) : undefined;
  addAllergies(record, patient, person, random.fork('allergies'));
  const context: RecordContext = { record, course, patient, conditionRefs: new Map() };
  for (const chosen of visits) {
    const at = addVisit(context, chosen);
    if (coverage !== undefined && !chosen.brief) addClaim(at, coverage);
  }
  addCare(context, startDay);
  return { bundle: record.bundle(), summary: summarise(context, home) };
}

const HOMES: readonly (readonly [CareOrganisationId, number])[] = [
  ['alder-valley-hospital', 40],
  ['st-brannoc-hospital', 35],
  ['larkfield-clinic', 25],
];

function summarise({ record, course, conditionRefs }: RecordContext, home: CareOrganisationId): PatientSummary {
  const { person } = course;
  const { resources } = record;
  const labels = new Set(resources.flatMap((resource) => resource.meta?.security?.map((label) => label.code) ?? []));
  return {
    name: `${person.given} ${person.family}`,
    sex: person.sex,
    birthDate: dateText(person.birthDay),
    ...(person.deathDay === undefined ? {} : { deathDate: dateText(person.deathDay) }),
    home,
    conditions: [...conditionRefs.keys()].map((condition) => condition.code.display),
    sensitivities: (Object.keys(SENSITIVITY) as Sensitivity[]).filter((kind) => labels.has(SENSITIVITY[kind].code)),
    resourceCount: resources.length,
  };
}
