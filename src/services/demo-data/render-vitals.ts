/** Vital signs, as the FHIR vital-signs profiles shape them: blood pressure is one observation with two components. */
import { OBSERVATION, type Code } from './codes.js';
import { observation, unitOf } from './observation.js';
import type { VisitContext } from './record.js';
import { concept, round } from './synthetic.js';

export function addVitals(at: VisitContext): void {
  const { visit, course } = at;
  const { body } = course;
  if (visit.vitals === 'none') return;
  if (visit.vitals === 'fever') {
    const temperature = course.random.fork(`fever/${visit.day}`).normal(38.1, 0.4);
    add(OBSERVATION.temperature, round(temperature, 1), '°C', 'Cel');
    add(OBSERVATION.heartRate, body.heartRate(visit.day) + 8, 'beats/minute', '/min');
    return;
  }
  const age = body.age(visit.day);
  const height = round(body.heightCm(visit.day), 1);
  const weight = round(body.weightKg(visit.day), 1);
  add(OBSERVATION.height, height, 'cm', 'cm');
  add(OBSERVATION.weight, weight, 'kg', 'kg');
  if (age < 2) add(OBSERVATION.headCircumference, round(body.headCm(visit.day), 1), 'cm', 'cm');
  else add(OBSERVATION.bmi, round((weight * 10_000) / (height * height), 1), 'kg/m2', 'kg/m2');
  if (age >= 3) addBloodPressure(at);
  add(OBSERVATION.heartRate, body.heartRate(visit.day), 'beats/minute', '/min');

  function add(code: Code, value: number, unit: string, ucum: string): void {
    at.record.add({
      ...observation(at, 'vital-signs', code, visit.sensitivity),
      valueQuantity: { value, ...unitOf({ unit, ucum }) },
    });
  }
}

function addBloodPressure(at: VisitContext): void {
  const { systolic, diastolic } = at.course.body.bloodPressure(at.visit.day);
  const mmHg = unitOf({ unit: 'mmHg', ucum: 'mm[Hg]' });
  at.record.add({
    ...observation(at, 'vital-signs', OBSERVATION.bloodPressure, at.visit.sensitivity),
    component: [
      { code: concept(OBSERVATION.systolic), valueQuantity: { value: systolic, ...mmHg } },
      { code: concept(OBSERVATION.diastolic), valueQuantity: { value: diastolic, ...mmHg } },
    ],
  });
}
