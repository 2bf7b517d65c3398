/** Check-ups from birth to old age, with the vaccines due at each (after the CDC's schedule, simplified). */
import { addYears, yearOf } from './calendar.js';
import { FINDING, OBSERVATION, PROCEDURE, VACCINE, VISIT, type Code, type Panel } from './codes.js';
import type { Finding, LifeCourse } from './life-course.js';

const INFANT_MONTHS = [0.5, 1, 2, 4, 6, 9, 12, 15, 18, 24, 30];

interface Dose {
  readonly vaccine: Code;
  /** Months of age below 36, years of age from 3 on. */
  readonly months?: readonly number[];
  readonly years?: readonly number[];
  /** First and last calendar year of its use. */
  readonly used: readonly [from: number, to: number];
}

const SCHEDULE: readonly Dose[] = [
  { vaccine: VACCINE.hepB, months: [0.5, 2, 6], used: [1991, 9999] },
  { vaccine: VACCINE.rotavirus, months: [2, 4], used: [2008, 9999] },
  { vaccine: VACCINE.dtap, months: [2, 4, 6, 15], years: [4], used: [1992, 9999] },
  { vaccine: VACCINE.hib, months: [2, 4, 12], used: [1990, 9999] },
  { vaccine: VACCINE.pcv13, months: [2, 4, 6, 12], used: [2010, 2022] },
  { vaccine: VACCINE.pcv20, months: [2, 4, 6, 12], used: [2023, 9999] },
  { vaccine: VACCINE.ipv, months: [2, 4, 6], years: [4], used: [1996, 9999] },
  { vaccine: VACCINE.mmr, months: [12], years: [4], used: [1971, 9999] },
  { vaccine: VACCINE.varicella, months: [12], years: [4], used: [1995, 9999] },
  { vaccine: VACCINE.hepA, months: [12, 18], used: [2000, 9999] },
  { vaccine: VACCINE.tdap, years: [11], used: [2005, 9999] },
  { vaccine: VACCINE.hpv4, years: [11, 12], used: [2006, 2016] },
  { vaccine: VACCINE.hpv9, years: [11, 12], used: [2017, 9999] },
  { vaccine: VACCINE.meningococcal, years: [11, 16], used: [2005, 9999] },
  { vaccine: VACCINE.td, years: [22, 32, 42, 52, 62, 72, 82, 92], used: [1960, 9999] },
  { vaccine: VACCINE.zosterLive, years: [60], used: [2006, 2017] },
  { vaccine: VACCINE.zosterRecombinant, years: [52, 54], used: [2018, 9999] },
  { vaccine: VACCINE.ppsv23, years: [66], used: [1983, 2021] },
  { vaccine: VACCINE.pcv20, years: [65], used: [2022, 9999] },
];

export function planWellness(course: LifeCourse): void {
  const { person, body } = course;
  for (const months of INFANT_MONTHS) {
    const day = person.birthDay + Math.round(months * 30.44);
    const vaccines = due(day, (dose) => dose.months?.includes(months));
    course.visit({
      day,
      type: VISIT.wellChild,
      specialty: 'pediatrics',
      vitals: 'full',
      vaccines,
      minutes: 20,
      note: note(day),
    });
  }
  const lastAge = Math.floor(body.age(person.endDay));
  for (let age = 3; age <= lastAge; age += age < 21 || age >= 50 ? 1 : 2) {
    const day = addYears(person.birthDay, age) + course.random.integer(3, 40);
    const child = age < 18;
    const colonoscopy = (age === 50 || age === 60 || age === 70) && course.random.chance(0.7);
    const vaccines = due(day, (dose) => dose.years?.includes(age));
    if (course.random.chance(child ? 0.5 : age < 65 ? 0.45 : 0.75)) vaccines.push(VACCINE.influenza);
    course.visit({
      day,
      type: child ? VISIT.wellChild : VISIT.checkUp,
      specialty: child ? 'pediatrics' : 'family',
      vitals: 'full',
      vaccines,
      panels: panelsAt(age),
      findings: child ? [] : adultFindings(course, age, day),
      procedures: colonoscopy ? [PROCEDURE.colonoscopy] : age >= 65 ? [PROCEDURE.medicationReview] : [],
      note: note(day),
    });
  }

  function note(day: number): readonly string[] {
    const age = Math.floor(body.age(day));
    return [
      age < 18 ? 'Growth and development reviewed.' : 'No acute complaints.',
      'Return for the next check-up as scheduled.',
    ];
  }
}

function due(day: number, matches: (dose: Dose) => boolean | undefined): Code[] {
  const year = yearOf(day);
  return SCHEDULE.filter((dose) => matches(dose) === true && year >= dose.used[0] && year <= dose.used[1]).map(
    ({ vaccine }) => vaccine,
  );
}

function panelsAt(age: number): Panel[] {
  if (age < 18) return age === 11 ? ['bloodCount'] : [];
  const panels: Panel[] = [];
  if (age >= 30 && age % 2 === 0) panels.push('metabolic');
  if (age >= 35 && age % 4 === 0) panels.push('lipid');
  if (age % 6 === 0) panels.push('bloodCount');
  return panels;
}

function adultFindings(course: LifeCourse, age: number, day: number): Finding[] {
  const { smoking } = course.person;
  const status =
    smoking === 'never'
      ? FINDING.neverSmoker
      : smoking === 'former' && age > 38
        ? FINDING.formerSmoker
        : FINDING.dailySmoker;
  const findings: Finding[] = [{ code: OBSERVATION.smoking, category: 'social-history', value: status }];
  const { prediabetesDay } = course.body.state;
  if (age >= 45 && prediabetesDay !== undefined && day > prediabetesDay) findings.push(a1cFinding(course, day));
  return findings;
}

/** Hemoglobin A1c as it is on that day; the normal range is that of the American Diabetes Association. */
export function a1cFinding(course: LifeCourse, day: number): Finding {
  const number = Math.round(course.body.a1c(day) * 10) / 10;
  return {
    code: OBSERVATION.a1c,
    category: 'laboratory',
    value: { number, unit: '%', ucum: '%' },
    range: { low: 4, high: 5.6 },
  };
}
