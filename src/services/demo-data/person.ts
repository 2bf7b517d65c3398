/** Who the patient is: sex, span of life, build, habits. Everything else follows from it. */
import { DAYS_PER_YEAR } from './calendar.js';
import { FAMILY_NAMES, GIVEN_NAMES, inventAddress, phone } from './names.js';
import type { Random } from './random.js';
import type { Address, ContactPoint } from '@medplum/fhirtypes';

export interface Person {
  readonly sex: 'female' | 'male';
  readonly given: string;
  readonly middle: string;
  readonly family: string;
  readonly birthDay: number;
  /** Where life has ended. */
  readonly deathDay?: number;
  /** The last day of which there can be a record: the reference date or the day of death. */
  readonly endDay: number;
  readonly address: Address;
  readonly phone: ContactPoint;
  readonly language: { code: string; display: string };
  readonly marital: { code: string; display: string };
  readonly smoking: 'never' | 'former' | 'daily';
  readonly insured: boolean;
}

/** Shares of a population by age in years, from the youngest to the oldest. */
const AGE_SHARES: readonly (readonly [ages: readonly [from: number, to: number], percent: number])[] = [
  [[0, 5], 6],
  [[5, 18], 15],
  [[18, 40], 29],
  [[40, 65], 32],
  [[65, 85], 15],
  [[85, 97], 3],
];

const LANGUAGES: readonly (readonly [Person['language'], percent: number])[] = [
  [{ code: 'en', display: 'English' }, 78],
  [{ code: 'es', display: 'Spanish' }, 12],
  [{ code: 'zh', display: 'Chinese' }, 4],
  [{ code: 'fr', display: 'French' }, 3],
  [{ code: 'ar', display: 'Arabic' }, 3],
];

export function inventPerson(random: Random, referenceDay: number): Person {
  const [youngest, oldest] = random.weighted(AGE_SHARES);
  const age = random.between(youngest, oldest);
  const birthDay = referenceDay - 1 - Math.floor(age * DAYS_PER_YEAR);
  const sex = random.chance(0.505) ? 'female' : 'male';
  const died = random.chance(age < 60 ? 0.002 : age < 80 ? 0.03 : 0.12);
  const deathDay = referenceDay - random.integer(20, 900);
  const adult = age >= 18;
  return {
    sex,
    given: random.pick(GIVEN_NAMES[sex]),
    middle: random.pick(GIVEN_NAMES[sex]),
    family: random.pick(FAMILY_NAMES),
    birthDay,
    ...(died && deathDay > birthDay + 30 ? { deathDay, endDay: deathDay } : { endDay: referenceDay }),
    address: inventAddress(random),
    phone: phone(random.integer(10, 99), adult ? 'mobile' : 'home'),
    language: random.weighted(LANGUAGES),
    marital: maritalStatus(random, age),
    // prettier-ignore
    smoking: adult ? random.weighted([['never', 64], ['former', 22], ['daily', 14]] as const) : 'never',
    insured: random.chance(0.93),
  };
}

function maritalStatus(random: Random, age: number): Person['marital'] {
  const married = { code: 'M', display: 'Married' };
  const never = { code: 'S', display: 'Never Married' };
  if (age < 20) return never;
  return random.weighted([
    [married, age < 30 ? 30 : 58],
    [never, age < 30 ? 68 : 20],
    [{ code: 'D', display: 'Divorced' }, age < 30 ? 2 : 14],
    [{ code: 'W', display: 'Widowed' }, age < 65 ? 1 : 18],
  ]);
}
