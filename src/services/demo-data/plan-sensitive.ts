/** What is kept in compartments of its own: mental health, substance use, HIV, genetics, reproductive health. */
import { DAYS_PER_YEAR } from './calendar.js';
import { CONDITION, DRUG, FINDING, OBSERVATION, PROCEDURE, VISIT, type Sensitivity } from './codes.js';
import type { Condition, Finding, LifeCourse } from './life-course.js';
import { onsetDay } from './plan-chronic.js';

export function planSensitive(course: LifeCourse): void {
  planDepression(course);
  planAlcohol(course);
  planHiv(course);
  planGeneticTest(course);
  if (course.person.sex === 'female') planReproduction(course);
}

function planDepression(course: LifeCourse): void {
  const { random } = course;
  const day = onsetDay(course, { onset: [15, 62], share: { female: 0.19, male: 0.12 } });
  if (day === undefined) return;
  const sensitivity: Sensitivity = 'mentalHealth';
  const months = random.integer(7, 20);
  const recovers = random.chance(0.7);
  const condition: Condition = {
    code: CONDITION.depression,
    onsetDay: day,
    chronic: true,
    sensitivity,
    ...(recovers ? course.endedBy(day + months * 30) : {}),
  };
  let score = random.integer(14, 22);
  const shared = { specialty: 'psychiatry', reason: condition, sensitivity, minutes: 45 } as const;
  course.visit({
    ...shared,
    day,
    type: VISIT.problem,
    diagnoses: [condition],
    findings: [questionnaire(score)],
    procedures: [PROCEDURE.phq9],
    prescriptions: [{ drug: DRUG.fluoxetine, instruction: 'Take 1 capsule by mouth each morning.', timesPerDay: 1 }],
    note: [
      'Low mood and poor sleep for several weeks.',
      'No thoughts of self-harm.',
      'Fluoxetine and talking therapy started.',
    ],
    essential: true,
  });
  for (let visit = 1; visit <= Math.min(8, months); visit++) {
    score = Math.max(recovers ? 2 : 8, score - random.integer(0, 3));
    course.visit({
      ...shared,
      day: day + visit * 30,
      type: VISIT.followUp,
      findings: [questionnaire(score)],
      procedures: [PROCEDURE.therapy],
      note: ['Talking therapy, session held as planned.'],
    });
  }

  function questionnaire(number: number): Finding {
    const value = { number, unit: '{score}', ucum: '{score}' };
    return { code: OBSERVATION.phq9, category: 'survey', value, sensitivity };
  }
}

function planAlcohol(course: LifeCourse): void {
  const { random } = course;
  const day = onsetDay(course, { onset: [22, 58], share: { female: 0.035, male: 0.075 } });
  if (day === undefined) return;
  const sensitivity: Sensitivity = 'substanceUse';
  const recovers = random.chance(0.45);
  const condition: Condition = {
    code: CONDITION.alcohol,
    onsetDay: day,
    chronic: true,
    sensitivity,
    ...(recovers ? course.endedBy(day + random.integer(300, 1400)) : {}),
  };
  for (let visit = 0; visit < 6; visit++) {
    const number = Math.max(1, (recovers ? 10 - visit * 2 : 10 - visit) + random.integer(-1, 1));
    course.visit({
      day: day + visit * 60,
      type: visit === 0 ? VISIT.problem : VISIT.followUp,
      specialty: 'psychiatry',
      reason: condition,
      sensitivity,
      minutes: 40,
      findings: [
        {
          code: OBSERVATION.auditC,
          category: 'survey',
          value: { number, unit: '{score}', ucum: '{score}' },
          sensitivity,
        },
      ],
      ...(visit === 0
        ? {
            diagnoses: [condition],
            prescriptions: [
              { drug: DRUG.naltrexone, instruction: 'Take 1 tablet by mouth once daily.', timesPerDay: 1, days: 180 },
            ],
            note: ['Seeks help to stop drinking.', 'Naltrexone started; weekly support group arranged.'],
            essential: true,
          }
        : {}),
    });
  }
}

/** A test now and then in most adult lives; an infection in few, held down by treatment. */
function planHiv(course: LifeCourse): void {
  const { random, person } = course;
  const infection = onsetDay(course, { onset: [20, 55], share: { female: 0.006, male: 0.016 } });
  const screening = onsetDay(course, { onset: [19, 60], share: { female: 0.3, male: 0.3 } });
  const sensitivity: Sensitivity = 'hiv';
  if (screening !== undefined && (infection === undefined || screening < infection)) {
    course.visit({
      day: screening,
      type: VISIT.followUp,
      specialty: 'internal',
      findings: [hivScreen(false)],
      sensitivity,
      minutes: 15,
    });
  }
  if (infection === undefined) return;
  const condition: Condition = { code: CONDITION.hiv, onsetDay: infection, chronic: true, sensitivity };
  const shared = { specialty: 'internal', reason: condition, sensitivity } as const;
  course.visit({
    ...shared,
    day: infection,
    type: VISIT.problem,
    diagnoses: [condition],
    findings: [hivScreen(true), viralLoad(random.integer(9_000, 180_000)), cd4(random.integer(260, 520))],
    prescriptions: [{ drug: DRUG.bictegravir, instruction: 'Take 1 tablet by mouth once daily.', timesPerDay: 1 }],
    note: ['Screening and confirmation positive.', 'Treatment started the same day; result explained at length.'],
    essential: true,
  });
  const recent = Math.max(infection + 90, person.endDay - Math.round(8 * DAYS_PER_YEAR));
  for (let day = recent; day < person.endDay; day += 180) {
    course.visit({
      ...shared,
      day,
      type: VISIT.followUp,
      findings: [viralLoad(undefined), cd4(random.integer(480, 900))],
    });
  }
}

function hivScreen(positive: boolean): Finding {
  const value = positive ? FINDING.positive : FINDING.negative;
  return { code: OBSERVATION.hivScreen, category: 'laboratory', value, sensitivity: 'hiv' };
}

/** @param copies - in 1 mL; undefined for less than the 20 that the test can see. */
function viralLoad(copies: number | undefined): Finding {
  const unit = { unit: 'copies/mL', ucum: '{copies}/mL' };
  const value = copies === undefined ? ({ number: 20, ...unit, below: true } as const) : { number: copies, ...unit };
  return { code: OBSERVATION.hivViralLoad, category: 'laboratory', value, sensitivity: 'hiv' };
}

function cd4(number: number): Finding {
  const value = { number, unit: 'cells/uL', ucum: '{cells}/uL' };
  return { code: OBSERVATION.cd4, category: 'laboratory', value, range: { low: 500, high: 1400 }, sensitivity: 'hiv' };
}

function planGeneticTest(course: LifeCourse): void {
  const day = onsetDay(course, { onset: [26, 56], share: { female: 0.035, male: 0.004 } });
  if (day === undefined) return;
  const sensitivity: Sensitivity = 'genetics';
  const positive = course.random.chance(0.35);
  const condition: Condition = { code: CONDITION.brca1, onsetDay: day, chronic: true, sensitivity };
  course.visit({
    day,
    type: VISIT.followUp,
    specialty: 'internal',
    sensitivity,
    ...(positive ? { reason: condition, diagnoses: [condition] } : {}),
    findings: [
      {
        code: OBSERVATION.brca1,
        category: 'laboratory',
        value: positive ? FINDING.positive : FINDING.negative,
        sensitivity,
      },
    ],
    note: ['Family history of breast cancer.', 'Result of the genetic test explained by the counsellor.'],
    essential: true,
  });
}

function planReproduction(course: LifeCourse): void {
  const { random, person, body } = course;
  const count = random.weighted([[0, 28], [1, 22], [2, 32], [3, 14], [4, 4]] as const); // prettier-ignore
  let age = random.between(19, 34);
  for (let index = 0; index < count && age < 43; index++, age += random.between(1.8, 4.5)) {
    const start = person.birthDay + Math.round(age * DAYS_PER_YEAR);
    if (start + 60 < person.endDay) planPregnancy(course, start);
  }
  const implant = person.birthDay + Math.round(random.between(17, 45) * DAYS_PER_YEAR);
  const pregnant = body.state.pregnancies.some(
    ({ startDay, endDay }) => implant >= startDay - 400 && implant <= endDay,
  );
  if (random.chance(0.2) && !pregnant) {
    course.visit({
      day: implant,
      type: VISIT.followUp,
      specialty: 'obstetrics',
      procedures: [PROCEDURE.contraceptiveImplant],
      sensitivity: 'reproductive',
    });
  }
}

const PRENATAL_WEEKS = [9, 16, 20, 24, 28, 32, 36, 38];

function planPregnancy(course: LifeCourse, startDay: number): void {
  const { random, body, person } = course;
  const endDay = startDay + random.integer(266, 286);
  body.state.pregnancies.push({ startDay, endDay });
  const sensitivity: Sensitivity = 'reproductive';
  const condition: Condition = {
    code: CONDITION.pregnancy,
    onsetDay: startDay,
    chronic: false,
    sensitivity,
    ...course.endedBy(endDay),
  };
  const shared = { specialty: 'obstetrics', reason: condition, sensitivity } as const;
  const recent = endDay > person.endDay - 10 * DAYS_PER_YEAR;
  for (const week of PRENATAL_WEEKS) {
    const first = week === PRENATAL_WEEKS[0];
    const iron = week === 28 && random.chance(0.4);
    course.visit({
      ...shared,
      day: startDay + week * 7,
      type: first ? VISIT.prenatalInitial : VISIT.prenatal,
      vitals: 'full',
      diagnoses: first ? [condition] : [],
      findings: first ? [hivScreen(false)] : [],
      panels: first || week === 28 ? ['bloodCount'] : [],
      procedures: first ? [] : [PROCEDURE.fetalHeart, week === 20 ? PROCEDURE.fetalAnatomy : PROCEDURE.fundalHeight],
      prescriptions: iron
        ? [{ drug: DRUG.ferrousSulfate, instruction: 'Take 1 tablet by mouth once daily.', timesPerDay: 1, days: 84 }]
        : [],
      minutes: 20,
      essential: first && recent,
    });
  }
  course.visit({
    ...shared,
    day: endDay,
    type: VISIT.inpatient,
    class: 'inpatient',
    procedures: [random.chance(0.28) ? PROCEDURE.cesarean : PROCEDURE.childbirth],
    minutes: 2700,
    note: ['Admitted in labour at term.', 'Healthy newborn; mother and child well.', 'Discharged home.'],
    essential: recent,
  });
}
