import type { Bundle, Condition, Encounter, Immunization, Observation, Patient, Resource } from '@medplum/fhirtypes';
import { beforeAll, describe, expect, it } from 'vitest';
import { validateResource } from '../fhir/validation/validate.js';
import { generateOrganisations } from './organisations.js';
import { generatePatient, type GeneratedPatient } from './generate-patient.js';

const TODAY = '2026-11-01';
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const resourcesOf = (bundle: Bundle): Resource[] => (bundle.entry ?? []).map((entry) => entry.resource as Resource);
const ofType = <T extends Resource>(patient: GeneratedPatient, type: T['resourceType']): T[] =>
  resourcesOf(patient.bundle).filter((resource): resource is T => resource.resourceType === type);
const codeOf = (resource: Condition | Observation): string => resource.code?.coding?.[0]?.code ?? '';

let cohort: GeneratedPatient[];
beforeAll(() => {
  cohort = range(500).map((seed) => generatePatient(seed));
});

describe('determinism', () => {
  it('gives the same bytes for the same seed and options', () => {
    for (const seed of [0, 1, 4_294_967_296, Number.MAX_SAFE_INTEGER]) {
      expect(JSON.stringify(generatePatient(seed, { scale: 1 }))).toBe(
        JSON.stringify(generatePatient(seed, { scale: 1 })),
      );
    }
    expect(JSON.stringify(generateOrganisations())).toBe(JSON.stringify(generateOrganisations()));
  });

  it('gives another person for each seed, also for seeds that differ above 32 bits', () => {
    const texts = [...range(100), 4_294_967_296, 8_589_934_592].map((seed) => JSON.stringify(generatePatient(seed)));
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('never gives two resources the same id', () => {
    const urls = cohort.flatMap((patient) => (patient.bundle.entry ?? []).map((entry) => entry.fullUrl));
    expect(new Set(urls).size).toBe(urls.length);
  });
});

describe('input', () => {
  it.each([
    ['a negative seed', -1, {}, 'demo-data.bad-seed'],
    ['a fractional seed', 0.5, {}, 'demo-data.bad-seed'],
    ['an unsafe seed', 2 ** 53, {}, 'demo-data.bad-seed'],
    ['too large a scale', 1, { scale: 1.1 }, 'demo-data.bad-scale'],
    ['no scale', 1, { scale: Number.NaN }, 'demo-data.bad-scale'],
    ['a day that does not exist', 1, { dateOfReference: '2025-02-29' }, 'demo-data.bad-date'],
    ['a date with a time', 1, { dateOfReference: '2025-02-28T00:00:00Z' }, 'demo-data.bad-date'],
    ['a date too early', 1, { dateOfReference: '1989-12-31' }, 'demo-data.bad-date'],
  ])('refuses %s', (_, seed, options, code) => {
    expect(() => generatePatient(seed, options)).toThrow(expect.objectContaining({ code }));
  });
});

describe('conformance', () => {
  it('validates as FHIR R4: the consortium and every resource of 50 patients', () => {
    const patients = range(25).flatMap((seed) => [
      generatePatient(seed, { scale: 0 }),
      generatePatient(seed + 1000, { scale: 1 }),
    ]);
    const bundles = [generateOrganisations().bundle, ...patients.map((patient) => patient.bundle)];
    expect(bundles.flatMap((bundle) => validateResource(bundle))).toEqual([]);
  });

  it('would not validate with a code that FHIR does not know', () => {
    const { bundle } = generatePatient(3);
    for (const encounter of ofType<Encounter>({ bundle } as GeneratedPatient, 'Encounter'))
      encounter.status = 'over' as never;
    expect(validateResource(bundle)[0]).toMatchObject({ code: 'code-invalid' });
  });

  it('resolves every reference inside the bundle or the consortium', () => {
    const consortium = new Set((generateOrganisations().bundle.entry ?? []).map((entry) => entry.request?.url));
    for (const { bundle } of cohort) {
      const own = new Set((bundle.entry ?? []).map((entry) => entry.fullUrl));
      const dangling = references(bundle).filter((reference) => !own.has(reference) && !consortium.has(reference));
      expect(dangling).toEqual([]);
    }
    const { bundle } = generateOrganisations();
    expect(references(bundle).filter((reference) => !consortium.has(reference))).toEqual([]);
  });

  it('marks every resource as synthetic', () => {
    for (const resource of [...cohort, generateOrganisations()].flatMap(({ bundle }) => resourcesOf(bundle))) {
      expect(resource.meta?.tag?.[0]?.code).toBe('synthetic');
    }
  });

  it('labels what belongs to a sensitive condition', () => {
    const psychiatric = cohort.find((patient) => patient.summary.sensitivities.includes('mentalHealth'));
    const condition = ofType<Condition>(psychiatric as GeneratedPatient, 'Condition').find(
      (one) => codeOf(one) === '370143000',
    );
    expect(condition?.meta?.security?.map((label) => label.code)).toEqual(['PSY', 'R']);
  });
});

describe('a life', () => {
  it('keeps its dates in order', () => {
    for (const patient of cohort) {
      const { birthDate, deathDate } = patient.summary;
      const last = deathDate ?? TODAY;
      for (const { period } of ofType<Encounter>(patient, 'Encounter')) {
        expect(period?.start?.slice(0, 10) ?? '').toSatisfy((day: string) => day >= birthDate && day <= last);
        expect(period?.end ?? '').toSatisfy((end: string) => end > (period?.start ?? '') && end.slice(0, 10) <= last);
      }
      for (const { onsetDateTime, abatementDateTime, recordedDate } of ofType<Condition>(patient, 'Condition')) {
        expect(onsetDateTime ?? '').toSatisfy(
          (day: string) => day >= birthDate && day <= (recordedDate ?? '').slice(0, 10),
        );
        if (abatementDateTime !== undefined) expect(abatementDateTime > (onsetDateTime ?? '')).toBe(true);
      }
      const later = allDates(patient.bundle).filter((date) => date.slice(0, 10) > TODAY);
      expect(later).toEqual([]);
    }
  });

  it('moves with the reference date', () => {
    const { bundle } = generatePatient(7, { dateOfReference: '2001-03-01', scale: 1 });
    expect(allDates(bundle).filter((date) => date.slice(0, 10) > '2001-03-01')).toEqual([]);
  });

  it('measures a coherent body', () => {
    for (const patient of cohort) {
      const byEncounter = new Map<string, Map<string, number>>();
      for (const observation of ofType<Observation>(patient, 'Observation')) {
        const encounter = observation.encounter?.reference ?? '';
        const values = byEncounter.get(encounter) ?? new Map<string, number>();
        values.set(codeOf(observation), observation.valueQuantity?.value ?? Number.NaN);
        for (const part of observation.component ?? [])
          values.set(part.code.coding?.[0]?.code ?? '', part.valueQuantity?.value ?? 0);
        byEncounter.set(encounter, values);
      }
      for (const values of byEncounter.values()) {
        const [height = 0, weight = 0, bmi] = ['8302-2', '29463-7', '39156-5'].map((code) => values.get(code));
        if (bmi !== undefined) {
          expect(Math.abs(bmi - weight / (height / 100) ** 2)).toBeLessThan(0.06);
          expect(bmi).toSatisfy((value: number) => value > 11 && value < 46);
        }
        const [systolic, diastolic = 0] = ['8480-6', '8462-4'].map((code) => values.get(code));
        if (systolic !== undefined) expect(systolic - diastolic).toSatisfy((gap: number) => gap > 12 && gap < 90);
        const [total, ldl = 0, hdl = 0, triglycerides = 0] = ['2093-3', '18262-6', '2085-9', '2571-8'].map((code) =>
          values.get(code),
        );
        if (total !== undefined) expect(Math.abs(total - ldl - hdl - triglycerides / 5)).toBeLessThanOrEqual(0.5);
      }
    }
  });

  it('vaccinates by age and not before a vaccine was in use', () => {
    for (const patient of cohort) {
      const [{ birthDate = '' } = {}] = ofType<Patient>(patient, 'Patient');
      for (const { vaccineCode, occurrenceDateTime = '' } of ofType<Immunization>(patient, 'Immunization')) {
        const age = Number(occurrenceDateTime.slice(0, 4)) - Number(birthDate.slice(0, 4));
        const cvx = vaccineCode.coding?.[0]?.code;
        if (cvx === '119') expect(age).toBeLessThanOrEqual(1);
        if (cvx === '187') expect(age).toBeGreaterThanOrEqual(50);
        if (cvx === '165') expect(occurrenceDateTime >= '2017').toBe(true);
      }
    }
  });

  it('only makes women pregnant', () => {
    const pregnant = cohort.filter((patient) => patient.summary.conditions.includes('Normal pregnancy'));
    expect(pregnant.length).toBeGreaterThan(15);
    expect(pregnant.filter((patient) => patient.summary.sex === 'male')).toEqual([]);
  });
});

describe('a population of 500', () => {
  it('has the ages and sexes of a country', () => {
    const ages = cohort.map((patient) => Number(TODAY.slice(0, 4)) - Number(patient.summary.birthDate.slice(0, 4)));
    expect(share(cohort, (patient) => patient.summary.sex === 'female')).toSatisfy(within(0.43, 0.58));
    expect(share(ages, (age) => age < 18)).toSatisfy(within(0.14, 0.3));
    expect(share(ages, (age) => age >= 65)).toSatisfy(within(0.11, 0.26));
    expect(share(cohort, (patient) => patient.summary.deathDate !== undefined)).toSatisfy(within(0.002, 0.05));
  });

  it.each([
    ['Hypertensive disorder', 0.13, 0.32],
    ['Diabetes mellitus type 2', 0.03, 0.14],
    ['Hyperlipidemia', 0.06, 0.22],
    ['Asthma', 0.03, 0.12],
    ['Major depressive disorder', 0.05, 0.18],
    ['Alcoholism', 0.008, 0.07],
    ['Human immunodeficiency virus infection', 0, 0.02],
    ['BRCA1 gene mutation positive', 0, 0.02],
    ['Appendicitis', 0.01, 0.08],
    ['Normal pregnancy', 0.04, 0.16],
  ])('has %s in a plausible share of people', (condition, low, high) => {
    expect(share(cohort, (patient) => patient.summary.conditions.includes(condition))).toSatisfy(within(low, high));
  });

  it('scales the record from about 40 to about 300 resources', () => {
    const mean = (scale: number): number => {
      const counts = range(150).map((seed) => generatePatient(seed, { scale }).summary.resourceCount);
      expect(Math.max(...counts)).toBeLessThan(345);
      return counts.reduce((sum, count) => sum + count, 0) / counts.length;
    };
    expect(mean(0)).toSatisfy(within(25, 60));
    expect(mean(0.4)).toSatisfy(within(100, 160));
    expect(mean(1)).toSatisfy(within(200, 310));
  });
});

function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    key === 'reference' && typeof child === 'string' ? [child] : references(child),
  );
}

function allDates(value: unknown): string[] {
  if (typeof value === 'string') return /^\d{4}-\d{2}-\d{2}(T|$)/.test(value) ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(allDates) : [];
}

function share<T>(items: readonly T[], predicate: (item: T) => boolean): number {
  return items.filter(predicate).length / items.length;
}

function within(low: number, high: number): (value: number) => boolean {
  return (value) => value >= low && value <= high;
}
