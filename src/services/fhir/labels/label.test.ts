import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeWithData } from '../../../../test/support/shared-data.js';
import { PATIENT_COMPARTMENTS } from '../../organisation/compartments.js';
import { sliceBundleEntries } from '../json/bundle.js';
import { categoriesIn } from './icd10.js';
import { labelResource, labelRulesId } from './label.js';
import { LABEL_RULES } from './rules.js';

const SNOMED = 'http://snomed.info/sct';
const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
const ICD = 'http://hl7.org/fhir/sid/icd-10-cm';

const coded = (system: string, code: string): object => ({
  resourceType: 'Condition',
  code: {
    coding: [
      { system: 'x', code: 'y' },
      { system, code },
    ],
  },
});
const labelled = (...codes: string[]): object => ({
  resourceType: 'Condition',
  meta: { security: codes.map((code) => ({ system: ACT_CODE, code })) },
});

describe('labelResource', () => {
  it.each<[string, object, string]>([
    ['nothing said', { resourceType: 'Observation' }, 'general'],
    ['an ordinary code', coded(SNOMED, '38341003'), 'general'],
    ['a label of substance use', labelled('ETH'), 'substance-use'],
    ['a label of psychiatry', labelled('PSY'), 'mental-health'],
    ['a label of HIV', labelled('HIV'), 'hiv'],
    ['a label of reproduction', labelled('SEX'), 'sexual-and-reproductive'],
    ['a label of genetics', labelled('GDIS'), 'genetics'],
    ['a label of violence', labelled('SDV'), 'violence'],
    ['two labels: the more sensitive', labelled('PSY', 'HIV'), 'hiv'],
    ['an unknown label', labelled('CEL'), 'general'],
    [
      'a label of another system',
      { resourceType: 'Basic', meta: { security: [{ system: 'x', code: 'HIV' }] } },
      'general',
    ],
    ['a label that is not one: a code elsewhere', coded(ACT_CODE, 'HIV'), 'general'],
    ['alcoholism', coded(SNOMED, '7200002'), 'substance-use'],
    ['depression', coded(SNOMED, '370143000'), 'mental-health'],
    ['an HIV test', coded('http://loinc.org', '75622-1'), 'hiv'],
    ['a contraceptive', coded('http://www.nlm.nih.gov/research/umls/rxnorm', '757594'), 'sexual-and-reproductive'],
    ['a vaccine', coded('http://hl7.org/fhir/sid/cvx', '62'), 'sexual-and-reproductive'],
    ['the code of another system', coded('http://loinc.org', '370143000'), 'general'],
    ['ICD-10-CM F32.1', coded(ICD, 'F32.1'), 'mental-health'],
    ['ICD-10-CM without dot', coded(ICD, 'f321'), 'mental-health'],
    ['ICD-10-CM F10.20', coded(ICD, 'F10.20'), 'substance-use'],
    ['ICD-10-CM F17.210 (tobacco)', coded(ICD, 'F17.210'), 'general'],
    ['ICD-10-CM F03.90 (dementia)', coded(ICD, 'F03.90'), 'general'],
    ['ICD-10-CM B20', coded(ICD, 'B20'), 'hiv'],
    ['ICD-10-CM Z21', coded(ICD, 'Z21'), 'hiv'],
    ['ICD-10-CM O80', coded(ICD, 'O80'), 'sexual-and-reproductive'],
    ['ICD-10-CM O98.711 (HIV in pregnancy)', coded(ICD, 'O98.711'), 'hiv'],
    ['ICD-10-CM O99.320 (drug use in pregnancy)', coded(ICD, 'O99.320'), 'substance-use'],
    ['ICD-10-CM O9A.311 (abuse in pregnancy)', coded(ICD, 'O9A.311'), 'sexual-and-reproductive'],
    ['ICD-10-CM T74.11XA', coded(ICD, 'T74.11XA'), 'violence'],
    ['ICD-10-CM Y04.0XXA', coded(ICD, 'Y04.0XXA'), 'violence'],
    ['ICD-10-CM Z38.00 (newborn)', coded(ICD, 'Z38.00'), 'general'],
    ['ICD-10-CM Z15.01', coded(ICD, 'Z15.01'), 'genetics'],
    ['ICD-10-CM E11.9', coded(ICD, 'E11.9'), 'general'],
  ])('%s', (_name, resource, compartment) => {
    expect(labelResource(resource)).toBe(compartment);
  });

  it('finds a code wherever it stands', () => {
    const coding = [{ system: SNOMED, code: '370143000' }];
    for (const resource of [
      { resourceType: 'Encounter', reasonCode: [{ coding }] },
      { resourceType: 'Claim', diagnosis: [{ sequence: 1, diagnosisCodeableConcept: { coding } }] },
      { resourceType: 'MedicationRequest', contained: [{ resourceType: 'Medication', code: { coding } }] },
      { resourceType: 'Observation', valueCodeableConcept: { coding }, component: [] },
    ]) {
      expect(labelResource(resource)).toBe('mental-health');
    }
  });

  it('is never less sensitive for saying more', () => {
    const codes = Object.values(LABEL_RULES.compartments).flatMap(({ codes: bySystem }) =>
      Object.entries(bySystem).flatMap(([system, list]) => list.map((code) => ({ system, code }))),
    );
    const coding = fc.array(fc.constantFrom(...codes, { system: SNOMED, code: '38341003' }), { maxLength: 5 });
    fc.assert(
      fc.property(coding, coding, (some, more) => {
        const rank = (list: object[]): number =>
          PATIENT_COMPARTMENTS.indexOf(labelResource({ code: { coding: list } }));
        expect(rank([...some, ...more])).toBe(Math.min(rank(some), rank(more)));
      }),
    );
  });
});

describe('label rules', () => {
  it('have a version and a hash that change with them', () => {
    expect(labelRulesId()).toMatch(/^labels\/1\/[0-9a-f]{64}$/);
    const changed = { ...LABEL_RULES.compartments, violence: { ...LABEL_RULES.compartments.violence, labels: [] } };
    expect(labelRulesId({ version: 1, compartments: changed })).not.toBe(labelRulesId());
  });

  it('name no code twice', () => {
    for (const { codes, labels, icd10 } of Object.values(LABEL_RULES.compartments)) {
      for (const list of [labels, icd10, ...Object.values(codes)]) expect(new Set(list).size).toBe(list.length);
    }
  });

  it('count through ICD-10 categories', () => {
    expect(categoriesIn('F32')).toEqual(['F32']);
    expect(categoriesIn('Z81.1-Z81.3')).toEqual(['Z811', 'Z812', 'Z813']);
    expect(categoriesIn('F18-F19')).toEqual(['F18', 'F19']);
    expect(categoriesIn('O98-O9A')).toEqual(['O98', 'O99', 'O9A']);
    expect(categoriesIn('X99-Y01')).toContain('Y00');
    expect(() => categoriesIn('F20-F1')).toThrow();
  });
});

describeWithData('synthea', 'labels of Synthea', (folder) => {
  it('closes what is about pregnancy, contraception and psychiatry, and no more', () => {
    const counts = new Map<string, number>();
    for (const set of readdirSync(folder)) {
      for (const file of readdirSync(join(folder, set))) {
        for (const { resource } of sliceBundleEntries(readFileSync(join(folder, set, file), 'utf8')).entries) {
          const compartment = labelResource(resource?.value ?? {});
          counts.set(compartment, (counts.get(compartment) ?? 0) + 1);
        }
      }
    }
    expect(Object.fromEntries(counts)).toEqual({
      general: 7146,
      'mental-health': 12,
      'sexual-and-reproductive': 187,
    });
  });
});
