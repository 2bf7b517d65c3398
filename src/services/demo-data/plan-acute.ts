/** Short illnesses and accidents, and an appendix now and then. */
import { DAYS_PER_YEAR } from './calendar.js';
import { CONDITION, DRUG, PROCEDURE, VISIT, type Code } from './codes.js';
import type { Condition, LifeCourse, Prescription } from './life-course.js';
import { onsetDay } from './plan-chronic.js';

interface AcuteIllness {
  readonly code: Code;
  /** Episodes a year by age group. */
  readonly child: number;
  readonly adult: number;
  readonly femaleOnly?: true;
  readonly lastsDays: readonly [number, number];
  readonly procedures: readonly Code[];
  readonly prescriptions: readonly Prescription[];
}

const pain = (drug: Code): Prescription => ({
  drug,
  instruction: 'Take 1 tablet by mouth every 6 hours as needed.',
  timesPerDay: 4,
  days: 7,
});
const course10 = (drug: Code): Prescription => ({
  drug,
  instruction: 'Take by mouth three times daily for 10 days.',
  timesPerDay: 3,
  days: 10,
});

const ILLNESSES: readonly AcuteIllness[] = [
  { code: CONDITION.sinusitis, child: 0.08, adult: 0.1, lastsDays: [8, 21], procedures: [], prescriptions: [] },
  { code: CONDITION.pharyngitis, child: 0.2, adult: 0.07, lastsDays: [5, 12], procedures: [], prescriptions: [] },
  { code: CONDITION.bronchitis, child: 0.05, adult: 0.07, lastsDays: [9, 21], procedures: [], prescriptions: [pain(DRUG.acetaminophen)] },
  { code: CONDITION.strepThroat, child: 0.1, adult: 0.02, lastsDays: [6, 11], procedures: [PROCEDURE.throatCulture], prescriptions: [course10(DRUG.penicillin)] },
  { code: CONDITION.otitisMedia, child: 0.22, adult: 0, lastsDays: [6, 12], procedures: [], prescriptions: [course10(DRUG.amoxicillin)] },
  { code: CONDITION.ankleSprain, child: 0.03, adult: 0.03, lastsDays: [18, 40], procedures: [PROCEDURE.ankleXray], prescriptions: [pain(DRUG.ibuprofen)] },
  { code: CONDITION.cystitis, child: 0, adult: 0.06, femaleOnly: true, lastsDays: [5, 9], procedures: [], prescriptions: [course10(DRUG.nitrofurantoin)] },
]; // prettier-ignore

/** Episodes of the last twelve years; who was ill as a child before that has long forgotten it. */
export function planAcute(course: LifeCourse): void {
  const { person, random, body } = course;
  const from = Math.max(person.birthDay + 60, person.endDay - Math.round(12 * DAYS_PER_YEAR));
  for (let start = from; start < person.endDay - 3; start += 365) {
    const child = body.age(start) < 13;
    for (const illness of ILLNESSES) {
      if (illness.femaleOnly && person.sex === 'male') continue;
      if (random.chance(child ? illness.child : illness.adult))
        planEpisode(course, illness, start + random.integer(0, 364));
    }
  }
  planAppendicitis(course);
}

function planEpisode(course: LifeCourse, illness: AcuteIllness, onset: number): void {
  const { random, person, body } = course;
  if (onset > person.endDay - 7) return;
  const condition: Condition = {
    code: illness.code,
    onsetDay: onset,
    chronic: false,
    ...course.endedBy(onset + random.integer(illness.lastsDays[0], illness.lastsDays[1])),
  };
  course.visit({
    day: onset + random.integer(1, 3),
    type: VISIT.symptom,
    specialty: body.age(onset) < 18 ? 'pediatrics' : 'family',
    reason: condition,
    diagnoses: [condition],
    vitals: illness.code === CONDITION.ankleSprain ? 'none' : 'fever',
    procedures: illness.procedures,
    prescriptions: illness.prescriptions,
    minutes: 15,
  });
}

function planAppendicitis(course: LifeCourse): void {
  const day = onsetDay(course, { onset: [8, 60], share: { female: 0.07, male: 0.08 } });
  if (day === undefined) return;
  const condition: Condition = {
    code: CONDITION.appendicitis,
    onsetDay: day,
    chronic: false,
    ...course.endedBy(day + 2),
  };
  course.visit({
    day,
    type: VISIT.emergency,
    class: 'emergency',
    specialty: 'emergency',
    reason: condition,
    diagnoses: [condition],
    vitals: 'fever',
    panels: ['bloodCount'],
    minutes: 130,
    essential: true,
  });
  course.visit({
    day: day + 1,
    type: VISIT.inpatient,
    class: 'inpatient',
    specialty: 'surgery',
    reason: condition,
    procedures: [PROCEDURE.appendectomy],
    prescriptions: [pain(DRUG.ibuprofen)],
    minutes: 2500,
    note: [
      'Admitted with acute appendicitis.',
      'Appendectomy without complication.',
      'Discharged home; wound check in 10 days.',
    ],
    essential: true,
  });
}
