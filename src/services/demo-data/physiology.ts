/** The body over time: what a measurement on a given day would find. Values that belong together agree with each other. */
import { yearsBetween } from './calendar.js';
import type { Person } from './person.js';
import type { Random } from './random.js';

/** What illness and its treatment do to the body; the parts of the life course set it as they plan. */
export interface BodyState {
  hypertensionDay?: number;
  hyperlipidemiaDay?: number;
  prediabetesDay?: number;
  diabetes?: { day: number; a1cAtDiagnosis: number; a1cTreated: number };
  pregnancies: { startDay: number; endDay: number }[];
}

interface Build {
  readonly heightCm: number;
  readonly bmi: number;
  readonly systolic: number;
  readonly heartRate: number;
  readonly ldl: number;
  readonly hdl: number;
}

type Curve = readonly (readonly [age: number, value: number])[];

/** Share of the adult height, after the CDC growth charts' medians. */
// prettier-ignore
const HEIGHT_SHARE: Record<Person['sex'], Curve> = {
  female: [[0, 0.302], [0.5, 0.403], [1, 0.453], [2, 0.527], [3, 0.58], [4, 0.62], [6, 0.705], [8, 0.783], [10, 0.847], [12, 0.927], [14, 0.983], [16, 1]],
  male: [[0, 0.283], [0.5, 0.382], [1, 0.428], [2, 0.495], [3, 0.543], [4, 0.582], [6, 0.655], [8, 0.727], [10, 0.786], [12, 0.846], [14, 0.93], [16, 0.982], [18, 1]],
};

/** Median body mass index by age in kg/m². */
// prettier-ignore
const CHILD_BMI: Curve = [[0, 13.4], [0.3, 16.6], [0.7, 17.3], [1, 16.9], [2, 16.3], [4, 15.5], [6, 15.4], [8, 15.9], [10, 16.8], [12, 18], [14, 19.4], [16, 20.6], [18, 22]];

// prettier-ignore
const HEAD_CM: Curve = [[0, 34.8], [0.25, 40], [0.5, 43], [1, 46.2], [1.5, 47.6], [2, 48.6], [3, 49.8]];

// prettier-ignore
const CHILD_SYSTOLIC: Curve = [[0, 72], [1, 88], [6, 97], [12, 107], [18, 114]];

// prettier-ignore
const HEART_RATE: Curve = [[0, 138], [1, 120], [3, 105], [6, 94], [10, 84], [16, 75]];

export class Physiology {
  readonly state: BodyState = { pregnancies: [] };
  readonly #person: Person;
  readonly #random: Random;
  readonly #build: Build;

  constructor(person: Person, random: Random) {
    this.#person = person;
    this.#random = random;
    const female = person.sex === 'female';
    const aboveMedian = random.normal(0, 1);
    this.#build = {
      heightCm: random.normal(female ? 163 : 176, female ? 6.3 : 6.9),
      bmi: 25.5 + (aboveMedian > 0 ? 3.9 : 1.8) * aboveMedian,
      systolic: random.normal(0, 6),
      heartRate: random.normal(0, 6),
      ldl: random.normal(106, 16),
      hdl: random.normal(female ? 58 : 48, 7),
    };
  }

  /** Overweight weighs on the chance of several illnesses; 1 at a body mass index of 25. */
  get weightRisk(): number {
    return Math.min(2, Math.max(0.5, 1 + (this.#build.bmi - 25) * 0.09));
  }

  get sex(): Person['sex'] {
    return this.#person.sex;
  }

  age(day: number): number {
    return yearsBetween(this.#person.birthDay, day);
  }

  heightCm(day: number): number {
    return this.#build.heightCm * at(HEIGHT_SHARE[this.#person.sex], this.age(day));
  }

  weightKg(day: number): number {
    const age = this.age(day);
    const metres = this.heightCm(day) / 100;
    const relative = this.#build.bmi / 25;
    const adult = this.#build.bmi * (0.94 + 0.06 * Math.min(1, Math.max(0, (age - 18) / 30)));
    const child = at(CHILD_BMI, age) * (1 + (relative - 1) * Math.min(1, 0.4 + age / 30));
    const share = Math.min(1, Math.max(0, (age - 16) / 6));
    const wobble = 1 + this.#noise('weight', day, 0.012);
    return (child * (1 - share) + adult * share) * metres * metres * wobble + this.#pregnancyGainKg(day);
  }

  headCm(day: number): number {
    return at(HEAD_CM, this.age(day)) + this.#build.systolic / 12;
  }

  bloodPressure(day: number): { systolic: number; diastolic: number } {
    const age = this.age(day);
    const base = age < 18 ? at(CHILD_SYSTOLIC, age) : 114 + Math.min(age - 18, 60) * 0.18;
    const onset = this.state.hypertensionDay;
    const raised = onset === undefined ? 0 : day < onset - 30 ? 8 : day < onset + 45 ? 34 : 11;
    const systolic = base + this.#build.systolic * (age < 18 ? 0.6 : 1) + raised + this.#noise('systolic', day, 4);
    return {
      systolic: Math.round(systolic),
      diastolic: Math.round(systolic * 0.62 + 2 + this.#noise('diastolic', day, 3)),
    };
  }

  heartRate(day: number): number {
    return Math.round(at(HEART_RATE, this.age(day)) + this.#build.heartRate + this.#noise('heart', day, 4));
  }

  /** Hemoglobin A1c in %. */
  a1c(day: number): number {
    const { diabetes, prediabetesDay } = this.state;
    const noise = this.#noise('a1c', day, 0.18);
    if (diabetes !== undefined && day >= diabetes.day) {
      const treated = Math.min(1, yearsBetween(diabetes.day, day) / 0.75);
      return diabetes.a1cAtDiagnosis + (diabetes.a1cTreated - diabetes.a1cAtDiagnosis) * treated + noise * 2;
    }
    if (prediabetesDay !== undefined && day >= prediabetesDay) return 6.05 + noise;
    return 5.2 + noise;
  }

  /** Fasting glucose in mg/dL, from the A1c by the ADAG regression (estimated average), less in the fasting state. */
  glucose(day: number): number {
    return (28.7 * this.a1c(day) - 46.7) * 0.87 + this.#noise('glucose', day, 4);
  }

  /** mg/dL. The total is what its parts add up to (Friedewald). */
  lipids(day: number): { total: number; ldl: number; hdl: number; triglycerides: number } {
    const onset = this.state.hyperlipidemiaDay;
    const raised = onset === undefined ? 0 : day < onset + 60 ? 62 : 8;
    const ldl = Math.round(this.#build.ldl + raised + this.#noise('ldl', day, 7));
    const hdl = Math.round(this.#build.hdl + this.#noise('hdl', day, 2));
    const triglycerides = Math.round(
      118 + raised * 0.8 + (this.weightRisk - 1) * 40 + this.#noise('triglycerides', day, 14),
    );
    return { total: ldl + hdl + Math.round(triglycerides / 5), ldl, hdl, triglycerides };
  }

  #pregnancyGainKg(day: number): number {
    const pregnancy = this.state.pregnancies.find(({ startDay, endDay }) => day >= startDay && day <= endDay);
    return pregnancy === undefined ? 0 : (12.5 * (day - pregnancy.startDay)) / 280;
  }

  /** The same on the same day, whoever asks and in which order. */
  #noise(kind: string, day: number, deviation: number): number {
    return this.#random.fork(`${kind}/${day}`).normal(0, deviation);
  }
}

/** Linear between the points, constant beyond them. */
function at(curve: Curve, age: number): number {
  let [fromAge, from] = curve[0] as Curve[number];
  for (const [toAge, to] of curve) {
    if (age < toAge)
      return toAge === fromAge ? to : from + ((to - from) * (Math.max(age, fromAge) - fromAge)) / (toAge - fromAge);
    [fromAge, from] = [toAge, to];
  }
  return from;
}
