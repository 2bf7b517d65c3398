/** Values of the laboratory panels. What is calculated from other values really is. */
import { CONDITION, type LAB, type Panel } from './codes.js';
import type { Visit } from './life-course.js';
import type { Physiology } from './physiology.js';
import type { Random } from './random.js';
import { round } from './synthetic.js';

interface LabValue {
  readonly test: keyof typeof LAB;
  readonly number: number;
}

interface LabUnit {
  readonly unit: string;
  /** UCUM. */
  readonly ucum: string;
  /** Normal range of adults. */
  readonly low?: number;
  readonly high?: number;
}

export const LAB_UNIT: Record<keyof typeof LAB, LabUnit> = {
  glucose: { unit: 'mg/dL', ucum: 'mg/dL', low: 65, high: 99 },
  ureaNitrogen: { unit: 'mg/dL', ucum: 'mg/dL', low: 7, high: 20 },
  creatinine: { unit: 'mg/dL', ucum: 'mg/dL', low: 0.5, high: 1.3 },
  calcium: { unit: 'mg/dL', ucum: 'mg/dL', low: 8.5, high: 10.3 },
  sodium: { unit: 'mmol/L', ucum: 'mmol/L', low: 135, high: 145 },
  potassium: { unit: 'mmol/L', ucum: 'mmol/L', low: 3.5, high: 5.2 },
  chloride: { unit: 'mmol/L', ucum: 'mmol/L', low: 98, high: 107 },
  carbonDioxide: { unit: 'mmol/L', ucum: 'mmol/L', low: 20, high: 29 },
  cholesterol: { unit: 'mg/dL', ucum: 'mg/dL', high: 200 },
  triglycerides: { unit: 'mg/dL', ucum: 'mg/dL', high: 150 },
  ldl: { unit: 'mg/dL', ucum: 'mg/dL', high: 130 },
  hdl: { unit: 'mg/dL', ucum: 'mg/dL', low: 40 },
  leukocytes: { unit: '10*3/uL', ucum: '10*3/uL', low: 4, high: 11 },
  erythrocytes: { unit: '10*6/uL', ucum: '10*6/uL', low: 3.9, high: 5.7 },
  hemoglobin: { unit: 'g/dL', ucum: 'g/dL', low: 12, high: 17.5 },
  hematocrit: { unit: '%', ucum: '%', low: 36, high: 51 },
  mcv: { unit: 'fL', ucum: 'fL', low: 80, high: 100 },
  mch: { unit: 'pg', ucum: 'pg', low: 26, high: 34 },
  mchc: { unit: 'g/dL', ucum: 'g/dL', low: 31, high: 37 },
  platelets: { unit: '10*3/uL', ucum: '10*3/uL', low: 150, high: 450 },
};

/** In the order of the report. */
export function panelValues(panel: Panel, visit: Visit, body: Physiology, random: Random): LabValue[] {
  if (panel === 'metabolic') return metabolic(visit.day, body, random);
  if (panel === 'lipid') return lipid(visit.day, body);
  return bloodCount(visit, body, random);
}

function metabolic(day: number, body: Physiology, random: Random): LabValue[] {
  const age = body.age(day);
  const sodium = Math.round(random.normal(140, 1.6));
  const carbonDioxide = Math.round(random.normal(25, 1.5));
  const anionGap = Math.round(random.normal(10.5, 1.2));
  return [
    { test: 'glucose', number: round(body.glucose(day), 0) },
    { test: 'ureaNitrogen', number: round(random.normal(12 + age / 20, 2), 0) },
    { test: 'creatinine', number: round(random.normal(0.75 + age / 400, 0.09), 2) },
    { test: 'calcium', number: round(random.normal(9.4, 0.24), 1) },
    { test: 'sodium', number: sodium },
    { test: 'potassium', number: round(random.normal(4.2, 0.25), 1) },
    { test: 'chloride', number: sodium - carbonDioxide - anionGap },
    { test: 'carbonDioxide', number: carbonDioxide },
  ];
}

function lipid(day: number, body: Physiology): LabValue[] {
  const { total, ldl, hdl, triglycerides } = body.lipids(day);
  return [
    { test: 'cholesterol', number: total },
    { test: 'triglycerides', number: triglycerides },
    { test: 'ldl', number: ldl },
    { test: 'hdl', number: hdl },
  ];
}

function bloodCount(visit: Visit, body: Physiology, random: Random): LabValue[] {
  const pregnant = visit.reason?.code === CONDITION.pregnancy;
  const inflamed = visit.reason?.code === CONDITION.appendicitis;
  const erythrocytes = round(random.normal(body.sex === 'female' ? (pregnant ? 4.1 : 4.5) : 5, 0.18), 2);
  const mcv = round(random.normal(89, 2.2), 1);
  const hematocrit = (erythrocytes * mcv) / 10;
  const hemoglobin = (hematocrit * random.normal(33.8, 0.5)) / 100;
  return [
    { test: 'leukocytes', number: round(inflamed ? random.normal(14.6, 1.6) : random.normal(6.9, 1.1), 1) },
    { test: 'erythrocytes', number: erythrocytes },
    { test: 'hemoglobin', number: round(hemoglobin, 1) },
    { test: 'hematocrit', number: round(hematocrit, 1) },
    { test: 'mcv', number: mcv },
    { test: 'mch', number: round((hemoglobin * 10) / erythrocytes, 1) },
    { test: 'mchc', number: round((hemoglobin * 100) / hematocrit, 1) },
    { test: 'platelets', number: round(random.normal(262, 38), 0) },
  ];
}
