import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compiledType } from './compile.js';
import { isCertainlyAfter } from './dates.js';
import { loadDefinitions } from './definitions/load.js';
import { byFhirPath, fhirPathView } from './invariants.js';
import { NATIVE_RULES } from './native-rules.js';

const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem/';

const coding = fc.record(
  {
    system: fc.constantFrom(`${TERMINOLOGY}condition-clinical`, `${TERMINOLOGY}condition-ver-status`, 's'),
    code: fc.constantFrom('resolved', 'inactive', 'entered-in-error', 'a', 'b'),
  },
  { requiredKeys: [] },
);
const filled = coding.map((each) => ({ display: 'x', ...each }));
const concept = fc.record(
  { coding: fc.array(filled, { maxLength: 3 }), text: fc.constant('x') },
  { requiredKeys: ['text'] },
);
const some = fc.constantFrom('a', 'b', 'home');
type Members = Record<string, fc.Arbitrary<unknown>>;
const optional = (members: Members, always: readonly string[] = []): fc.Arbitrary<object> =>
  fc.record(members, { requiredKeys: [...always] });
const list = (members: Members, always: readonly string[] = []): fc.Arbitrary<object[]> =>
  fc.array(
    optional(members, always).map((each) => ({ id: 'x', ...each })),
    { minLength: 1, maxLength: 3 },
  );
const bundle = (types: readonly string[], members: Members): fc.Arbitrary<object> =>
  optional({ type: fc.constantFrom(...types), ...members }, ['type']);

/** Rules that FHIRPath decides too, with the type they stand on and values that reach both answers. */
const COMPARABLE: readonly [key: string, type: string, values: fc.Arbitrary<object>][] = [
  ['qty-3', 'Quantity', optional({ code: some, system: some, value: fc.integer() })],
  ['cpt-2', 'ContactPoint', optional({ value: some, system: some })],
  ['att-1', 'Attachment', optional({ data: some, contentType: some })],
  ['prr-1', 'ServiceRequest', optional({ orderDetail: fc.constant([{ text: 'x' }]), code: concept })],
  [
    'cpl-3',
    'CarePlan.activity',
    optional({ detail: fc.constant({ status: 'x' }), reference: fc.constant({ display: 'x' }) }),
  ],
  ['org-1', 'Organization', optional({ identifier: fc.constant([{ value: 'x' }]), name: some })],
  ['org-2', 'Address', optional({ use: some, text: some })],
  ['obs-6', 'Observation', optional({ dataAbsentReason: concept, valueString: some, valueInteger: fc.integer() })],
  ['con-4', 'Condition', optional({ abatementString: some, clinicalStatus: concept })],
  ['con-5', 'Condition', optional({ verificationStatus: concept, clinicalStatus: concept })],
  ['bdl-1', 'Bundle', bundle(['searchset', 'history', 'batch'], { total: fc.nat() })],
  ['bdl-2', 'Bundle', bundle(['searchset', 'history'], { entry: list({ search: fc.constant({ mode: 'match' }) }) })],
  ['bdl-3', 'Bundle', bundle(['batch', 'collection'], { entry: list({ request: fc.constant({ url: 'x' }) }) })],
  ['bdl-4', 'Bundle', bundle(['batch-response', 'batch'], { entry: list({ response: fc.constant({ status: 'x' }) }) })],
  [
    'bdl-5',
    'Bundle.entry',
    optional({ request: fc.constant({ url: 'x' }), response: fc.constant({ status: 'x' }), fullUrl: some }),
  ],
  [
    'bdl-7',
    'Bundle',
    bundle(['history', 'batch'], {
      entry: list({
        fullUrl: some,
        resource: fc.constantFrom({ meta: { versionId: '1' } }, { meta: { versionId: '2' } }),
      }),
    }),
  ],
  ['bdl-8', 'Bundle.entry', optional({ fullUrl: fc.constantFrom('http://a/b', 'http://a/_history/b') })],
  ['bdl-9', 'Bundle', bundle(['document', 'batch'], { identifier: optional({ system: some, value: some }) })],
  ['bdl-10', 'Bundle', bundle(['document', 'batch'], { timestamp: some })],
  [
    'bdl-11',
    'Bundle',
    bundle(['document', 'batch'], {
      entry: list({ resource: fc.constantFrom({ resourceType: 'Composition' }, { resourceType: 'Patient' }) }),
    }),
  ],
  [
    'bdl-12',
    'Bundle',
    bundle(['message', 'batch'], {
      entry: list({ resource: fc.constantFrom({ resourceType: 'MessageHeader' }, { resourceType: 'Patient' }) }),
    }),
  ],
  ['cpb-7', 'CapabilityStatement', optional({ document: list({ profile: some, mode: some }, ['profile', 'mode']) })],
  ['cpb-9', 'CapabilityStatement.rest', optional({ resource: list({ type: some }) })],
  ['cpb-12', 'CapabilityStatement.rest.resource', optional({ searchParam: list({ name: some }) })],
  ['eld-13', 'ElementDefinition', optional({ type: list({ code: some }) })],
  ['eld-14', 'ElementDefinition', optional({ constraint: list({ key: some }) })],
  ['nsd-2', 'NamingSystem', optional({ uniqueId: list({ preferred: fc.boolean(), type: some }) })],
  [
    'sdf-1',
    'StructureDefinition',
    optional({
      derivation: fc.constantFrom('constraint', 'specialization'),
      snapshot: optional({ element: list({ path: some }) }),
    }),
  ],
  [
    'tst-5',
    'TestScript.setup.action.assert',
    optional({ response: some, path: some, resource: some, requestMethod: some }),
  ],
];

describe('native rules', () => {
  it('stand on expressions that the definitions have', () => {
    const expressions = new Set(loadDefinitions().invariants.map((invariant) => invariant.expression));
    expect(Object.keys(NATIVE_RULES).filter((expression) => !expressions.has(expression))).toEqual([]);
  });

  it.each(COMPARABLE)('%s decides as FHIRPath does', (key, typeName, values) => {
    const { expression } = loadDefinitions().invariants.find((invariant) => invariant.key === key) ?? {
      expression: '',
    };
    const native = NATIVE_RULES[expression];
    const type = compiledType(typeName);
    const answers = new Set<boolean>();
    fc.assert(
      fc.property(values, (members) => {
        const value = { resourceType: typeName, ...members };
        const context = { resource: value, rootResource: value };
        const view = (): ReturnType<typeof fhirPathView> => fhirPathView(value, type);
        const answer = native?.(value, context);
        expect(answer).toBe(byFhirPath(expression)(value, context, view));
        answers.add(answer === true);
      }),
      { numRuns: 300 },
    );
    expect(answers.size).toBe(2);
  });
});

describe('isCertainlyAfter', () => {
  it.each([
    ['2020-01-02', '2020-01-01', true],
    ['2020-01-01', '2020-01-02', false],
    ['2020-02', '2020-01-31', true],
    ['2020-01-31', '2020-01', false],
    ['2021', '2020-12-31', true],
    ['2020-01-01T10:00:00+01:00', '2020-01-01T09:30:00Z', false],
    ['2020-01-01T10:00:00-01:00', '2020-01-01T10:30:00Z', true],
    ['2020-01-01T10:00:00.5Z', '2020-01-01T10:00:00Z', true],
    ['2020-01-02T11:00:00Z', '2020-01-01', false],
    ['2020-01-02T13:00:00Z', '2020-01-01', true],
    ['2020-01-02T13:00:00Z', '2020', false],
    ['2021-01-01T13:00:00Z', '2020', true],
    ['2020-01-03', '2020-01-02T09:00:00Z', true],
    ['2020-01-02', '2020-01-01T11:00:00Z', false],
    ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59Z', false],
  ])('%s after %s: %s', (a, b, after) => {
    expect(isCertainlyAfter(a, b)).toBe(after);
  });
});
