/** Long illnesses of the general compartment: a table of what begins when, and what follows from it. */
import { addYears, DAYS_PER_YEAR } from './calendar.js';
import {
  CARE,
  CONDITION,
  DRUG,
  OBSERVATION,
  PROCEDURE,
  VISIT,
  type Code,
  type Panel,
  type Specialty,
} from './codes.js';
import type { CareGuide, Condition, Finding, LifeCourse, Prescription } from './life-course.js';
import { a1cFinding } from './plan-wellness.js';
import type { BodyState } from './physiology.js';

interface ChronicIllness {
  readonly code: Code;
  /** Ages in years between which it begins. */
  readonly onset: readonly [number, number];
  /** Share of those who reach the last age that get it. */
  readonly share: { readonly female: number; readonly male: number };
  /** Whether overweight adds to the share. */
  readonly weightBound?: true;
  readonly drugs: readonly (readonly [Code, string, timesPerDay: number])[];
  /** How many of `drugs`, in random order, are prescribed. */
  readonly drugCount: number;
  readonly specialty: Specialty;
  readonly followUpMonths: number;
  readonly followUp?: Code;
  readonly panels: readonly Panel[];
  readonly procedures?: readonly Code[];
  readonly care?: CareGuide;
  readonly affect?: (state: BodyState, day: number) => void;
  readonly findings?: (course: LifeCourse, day: number) => Finding[];
}

const DAILY = 'Take 1 tablet by mouth once daily.';

const ILLNESSES: readonly ChronicIllness[] = [
  {
    code: CONDITION.hypertension,
    onset: [32, 78],
    share: { female: 0.55, male: 0.6 },
    weightBound: true,
    drugs: [[DRUG.lisinopril, DAILY, 1], [DRUG.amlodipine, DAILY, 1], [DRUG.hydrochlorothiazide, DAILY, 1]], // prettier-ignore
    drugCount: 1,
    specialty: 'internal',
    followUpMonths: 8,
    panels: ['metabolic'],
    care: {
      plan: CARE.hypertension,
      activities: [CARE.lowSalt, CARE.exercise],
      goal: {
        text: 'Maintain blood pressure below 140/90 mmHg',
        measure: OBSERVATION.systolic,
        high: 140,
        unit: 'mmHg',
        ucum: 'mm[Hg]',
      },
    },
    affect: (state, day) => (state.hypertensionDay = day),
  },
  {
    code: CONDITION.hyperlipidemia,
    onset: [35, 75],
    share: { female: 0.32, male: 0.36 },
    drugs: [[DRUG.simvastatin, 'Take 1 tablet by mouth in the evening.', 1]],
    drugCount: 1,
    specialty: 'internal',
    followUpMonths: 12,
    panels: ['lipid'],
    care: { plan: CARE.lipids, activities: [CARE.healthyDiet, CARE.exercise] },
    affect: (state, day) => (state.hyperlipidemiaDay = day),
  },
  {
    code: CONDITION.asthma,
    onset: [4, 30],
    share: { female: 0.085, male: 0.08 },
    drugs: [
      [DRUG.albuterol, 'Inhale 2 puffs every 4 to 6 hours as needed for wheezing.', 4],
      [DRUG.fluticasone, 'Inhale 2 puffs twice daily.', 2],
    ],
    drugCount: 2,
    specialty: 'family',
    followUpMonths: 12,
    followUp: VISIT.asthma,
    panels: [],
    procedures: [PROCEDURE.spirometry],
    care: { plan: CARE.asthma, activities: [CARE.breathing, CARE.allergyEducation] },
  },
  {
    code: CONDITION.hypothyroidism,
    onset: [25, 75],
    share: { female: 0.08, male: 0.02 },
    drugs: [[DRUG.levothyroxine, 'Take 1 tablet by mouth each morning before breakfast.', 1]],
    drugCount: 1,
    specialty: 'internal',
    followUpMonths: 12,
    panels: [],
    findings: (course) => [thyrotropin(course.random.between(0.9, 4))],
  },
  {
    code: CONDITION.osteoarthritis,
    onset: [48, 85],
    share: { female: 0.26, male: 0.18 },
    weightBound: true,
    drugs: [[DRUG.naproxen, 'Take 1 tablet by mouth twice daily with food as needed for pain.', 2]],
    drugCount: 1,
    specialty: 'family',
    followUpMonths: 18,
    panels: [],
  },
  {
    code: CONDITION.coronary,
    onset: [48, 88],
    share: { female: 0.13, male: 0.22 },
    drugs: [[DRUG.aspirin, DAILY, 1], [DRUG.clopidogrel, DAILY, 1]], // prettier-ignore
    drugCount: 2,
    specialty: 'internal',
    followUpMonths: 9,
    panels: ['lipid', 'metabolic'],
    procedures: [PROCEDURE.electrocardiogram],
  },
  {
    code: CONDITION.atrialFibrillation,
    onset: [58, 92],
    share: { female: 0.11, male: 0.14 },
    drugs: [[DRUG.warfarin, DAILY, 1]],
    drugCount: 1,
    specialty: 'internal',
    followUpMonths: 9,
    panels: ['bloodCount'],
    procedures: [PROCEDURE.electrocardiogram],
  },
  {
    code: CONDITION.alzheimers,
    onset: [70, 95],
    share: { female: 0.24, male: 0.19 },
    drugs: [[DRUG.donepezil, 'Take 1 tablet by mouth at bedtime.', 1]],
    drugCount: 1,
    specialty: 'internal',
    followUpMonths: 12,
    panels: [],
  },
];

export function planChronic(course: LifeCourse): void {
  for (const illness of ILLNESSES) {
    const day = onsetDay(course, illness);
    if (day !== undefined) planIllness(course, illness, day);
  }
  planDiabetes(course);
}

function planIllness(course: LifeCourse, illness: ChronicIllness, day: number): void {
  illness.affect?.(course.body.state, day);
  const condition: Condition = {
    code: illness.code,
    onsetDay: day,
    chronic: true,
    ...(illness.care === undefined ? {} : { care: illness.care }),
  };
  const first = course.random.integer(0, illness.drugs.length - 1);
  const prescriptions = Array.from({ length: illness.drugCount }, (_, index): Prescription => {
    const [drug, instruction, timesPerDay] = illness.drugs[
      (first + index) % illness.drugs.length
    ] as ChronicIllness['drugs'][0];
    return { drug, instruction, timesPerDay };
  });
  const thyroid = illness.code === CONDITION.hypothyroidism ? [thyrotropin(course.random.between(7, 22))] : [];
  course.visit({
    day,
    type: VISIT.problem,
    specialty: illness.specialty,
    reason: condition,
    diagnoses: [condition],
    vitals: 'full',
    panels: illness.panels,
    findings: thyroid,
    procedures: illness.procedures ?? [],
    prescriptions,
    note: [`New diagnosis: ${illness.code.display}.`, 'Treatment started; effects and side effects explained.'],
    essential: true,
  });
  followUps(course, condition, illness.followUpMonths, (followUpDay) => ({
    type: illness.followUp ?? VISIT.followUp,
    specialty: illness.specialty,
    panels: illness.panels,
    findings: illness.findings?.(course, followUpDay) ?? [],
  }));
}

/** Prediabetes that turns into diabetes, or does not; hemoglobin A1c is followed either way. */
function planDiabetes(course: LifeCourse): void {
  const { body, random, person } = course;
  const share = 0.42 * body.weightRisk;
  const day = onsetDay(course, { onset: [36, 76], share: { female: share, male: share * 1.1 } });
  if (day === undefined) return;
  body.state.prediabetesDay = day;
  const progresses = random.chance(0.65);
  const diabetesDay = day + Math.round(random.between(1, 7) * DAYS_PER_YEAR);
  const prediabetes: Condition = {
    code: CONDITION.prediabetes,
    onsetDay: day,
    chronic: true,
    ...(progresses ? course.endedBy(diabetesDay) : {}),
  };
  course.visit({
    day,
    type: VISIT.followUp,
    specialty: 'internal',
    reason: prediabetes,
    diagnoses: [prediabetes],
    findings: [a1cFinding(course, day)],
    essential: true,
  });
  if (!progresses || diabetesDay >= person.endDay) return;
  const a1cAtDiagnosis = random.between(7, 9.6);
  body.state.diabetes = { day: diabetesDay, a1cAtDiagnosis, a1cTreated: random.between(6.2, 7.8) };
  const diabetes: Condition = {
    code: CONDITION.diabetes,
    onsetDay: diabetesDay,
    chronic: true,
    care: {
      plan: CARE.diabetes,
      activities: [CARE.diabeticDiet, CARE.exercise],
      goal: { text: 'Hemoglobin A1c below 7.0 %', measure: OBSERVATION.a1c, high: 7, unit: '%', ucum: '%' },
    },
  };
  course.visit({
    day: diabetesDay,
    type: VISIT.problem,
    specialty: 'internal',
    reason: diabetes,
    diagnoses: [diabetes],
    vitals: 'full',
    panels: ['metabolic'],
    findings: [a1cFinding(course, diabetesDay)],
    prescriptions: [
      {
        drug: DRUG.metformin,
        instruction: 'Take 2 tablets by mouth once daily with the evening meal.',
        timesPerDay: 1,
      },
    ],
    note: ['New diagnosis: type 2 diabetes.', 'Metformin started, self-management plan agreed.'],
    essential: true,
  });
  followUps(course, diabetes, 4, (followUpDay, index) => ({
    type: VISIT.followUp,
    specialty: 'internal',
    panels: index % 3 === 2 ? ['metabolic'] : [],
    findings: [a1cFinding(course, followUpDay), ...(index % 3 === 2 ? [albuminCreatinine(random.between(4, 34))] : [])],
  }));
}

type FollowUp = Pick<Parameters<LifeCourse['visit']>[0], 'type' | 'specialty' | 'panels' | 'findings'>;

/** Follow-ups of the last fifteen years; older ones would never be in the record. */
function followUps(
  course: LifeCourse,
  reason: Condition,
  months: number,
  plan: (day: number, index: number) => FollowUp,
): void {
  const { endDay } = course.person;
  const step = Math.round(months * 30.44);
  const skipped = Math.max(0, Math.floor((endDay - Math.round(15 * DAYS_PER_YEAR) - reason.onsetDay) / step));
  let index = 0;
  for (let day = reason.onsetDay + step * (skipped + 1); day < endDay; day += step + course.random.integer(-12, 12)) {
    course.visit({ day, reason, vitals: 'full', minutes: 20, ...plan(day, index++) });
  }
}

/** When the illness begins in this life, if it does and life lasts that long. */
export function onsetDay(
  course: LifeCourse,
  { onset, share, weightBound }: Pick<ChronicIllness, 'onset' | 'share' | 'weightBound'>,
): number | undefined {
  const { person, body, random } = course;
  const happens = random.chance(share[person.sex] * (weightBound === true ? body.weightRisk : 1));
  const age = random.between(onset[0], onset[1]);
  const day = addYears(person.birthDay, Math.floor(age)) + Math.floor((age % 1) * 365);
  return happens && day < person.endDay - 7 ? day : undefined;
}

function thyrotropin(value: number): Finding {
  return {
    code: OBSERVATION.thyrotropin,
    category: 'laboratory',
    value: { number: Math.round(value * 100) / 100, unit: 'mIU/L', ucum: 'm[IU]/L' },
    range: { low: 0.4, high: 4.5 },
  };
}

function albuminCreatinine(value: number): Finding {
  return {
    code: OBSERVATION.albuminCreatinine,
    category: 'laboratory',
    value: { number: Math.round(value * 10) / 10, unit: 'mg/g', ucum: 'mg/g' },
    range: { high: 30 },
  };
}
