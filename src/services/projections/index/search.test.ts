import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithData } from '../../../../test/support/shared-data.js';
import { openFhirIndex } from './fhir-index.js';
import type { FhirIndex } from './fhir-index.js';
import type { ProjectedRecord, Scope } from './record.js';
import { exampleRecords, KEY, ledgerId, recordOf, syntheaRecords } from './records.fixture.js';

const failsWith = (code: string) => expect.objectContaining({ code }) as Error;

// A resource as loosely as an independent filter may look at it.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Loose = any;
type Filter = (resource: Loose) => boolean;

const list = (value: Loose): Loose[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
const codings = (concept: Loose): Loose[] => list(concept).flatMap((one) => list(one.coding));
const hasCode = (concept: Loose, code: string, system?: string) =>
  codings(concept).some((coding) => coding.code === code && (system === undefined || coding.system === system));
const startsWith = (text: Loose, prefix: string) => typeof text === 'string' && text.toLowerCase().startsWith(prefix);
const plain = (text: string) =>
  text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase();
const names = (patient: Loose): string[] =>
  list(patient.name)
    .flatMap((n: Loose) => [n.text, n.family, ...list(n.given), ...list(n.prefix), ...list(n.suffix)])
    .filter(Boolean);
const time = (text: string) => Date.parse(text);
const ofType = (resource: Loose, type: string) => resource.resourceType === type;

function idsOf(index: FhirIndex, query: string, scope: Scope = 'all'): string[] {
  const [type = '', parameters = ''] = query.split('?');
  const found: string[] = [];
  for (let offset = 0; ; offset += 1000) {
    const paging: [string, string][] = [
      ['_count', '1000'],
      ['_offset', String(offset)],
      ['_total', 'accurate'],
    ];
    const page = index.search({ type, parameters: [...new URLSearchParams(parameters), ...paging], scope });
    found.push(...page.matches.map((match) => match.id));
    if (page.hasMore) continue;
    expect(page.total).toBe(found.length);
    return found;
  }
}

/** Compares searches with filters; every line finds something unless it says otherwise. */
function conformance(
  records: () => readonly ProjectedRecord[],
  table: readonly [query: string, filter: Filter, nothing?: 'nothing'][],
) {
  let index: FhirIndex;
  let resources: Loose[];
  beforeAll(() => {
    index = openFhirIndex({ path: ':memory:', key: KEY });
    index.apply(records(), { height: 1 });
    resources = records().map(({ text }) => JSON.parse(text));
  });
  afterAll(() => index.close());

  it.each(table)('%s', (query, filter, nothing) => {
    const type = query.split('?')[0] ?? '';
    const expected = resources
      .filter((resource) => ofType(resource, type) && filter(resource))
      .map(({ id }) => id as string);
    expect(idsOf(index, query).sort()).toEqual(expected.sort());
    expect(expected.length > 0).toBe(nothing === undefined);
  });
}

describeWithData('synthea', 'search over Synthea', (folder) => {
  const records = syntheaRecords(folder);
  const resources = records.map(({ text }) => JSON.parse(text));
  const patient =
    resources.find((r) => ofType(r, 'Patient') && r.name[0].family === 'Ordóñez588') ??
    resources.find((r) => ofType(r, 'Patient'));
  const { id } = patient;
  const about = (r: Loose) => r.subject?.reference === `Patient/${id}`;
  const women = new Set(resources.filter((r) => r.gender === 'female').map((r) => `Patient/${r.id}`));
  const identifier = patient.identifier[0];
  const encounterOf = resources.find((r) => ofType(r, 'Condition') && about(r))?.encounter.reference as string;

  conformance(
    () => records,
    [
      ['Patient?gender=female', (r) => r.gender === 'female'],
      ['Patient?gender=http://hl7.org/fhir/administrative-gender|female', (r) => r.gender === 'female'],
      ['Patient?gender:not=female', (r) => r.gender !== 'female'],
      ['Patient?gender=male,female&gender=female', (r) => r.gender === 'female'],
      [`Patient?identifier=${identifier.system}|${identifier.value}`, (r) => r.id === id],
      [`Patient?identifier=${identifier.value}`, (r) => r.id === id],
      [
        `Patient?identifier=${identifier.system}|`,
        (r) => list(r.identifier).some((i) => i.system === identifier.system),
      ],
      [`Patient?identifier=|${identifier.value}`, () => false, 'nothing'],
      [`Patient?_id=${id},nobody`, (r) => r.id === id],
      ['Patient?family=or', (r) => r.name.some((n: Loose) => plain(n.family).startsWith('or'))],
      ['Patient?family=ORDON', (r) => r.name.some((n: Loose) => plain(n.family).startsWith('ordon'))],
      ['Patient?name:contains=AR', (r) => names(r).some((name) => plain(name).includes('ar'))],
      ['Patient?name=Mr.', (r) => names(r).some((name) => startsWith(name, 'mr.'))],
      ['Patient?given:exact=josé', () => false, 'nothing'],
      [
        `Patient?family:exact=${patient.name[0].family}`,
        (r) => r.name.some((n: Loose) => n.family === patient.name[0].family),
      ],
      [
        'Patient?address-state=massachusetts',
        (r) => r.address.some((a: Loose) => startsWith(a.state, 'massachusetts')),
      ],
      ['Patient?birthdate=ge1980', (r) => r.birthDate >= '1980'],
      ['Patient?birthdate=lt1980-06', (r) => r.birthDate < '1980-06'],
      ['Patient?birthdate=ge1950&birthdate=le1979', (r) => r.birthDate >= '1950' && r.birthDate <= '1979-12-31'],
      ['Patient?birthdate=ne1980', (r) => !r.birthDate.startsWith('1980')],
      ['Patient?death-date:missing=false', (r) => r.deceasedDateTime !== undefined],
      ['Patient?death-date:missing=true', (r) => r.deceasedDateTime === undefined],
      ['Patient?deceased=true', (r) => r.deceasedDateTime !== undefined],
      ['Patient?phone=555', () => false, 'nothing'],
      ['Patient?telecom:missing=false', (r) => list(r.telecom).length > 0],
      [
        'Patient?language=en-US',
        (r) =>
          hasCode(
            r.communication?.map((c: Loose) => c.language),
            'en-US',
          ),
      ],
      [`Observation?patient=${id}`, about],
      [`Observation?subject=Patient/${id}`, about],
      [`Observation?subject:Patient=${id}`, about],
      [`Observation?subject:Group=${id}`, () => false, 'nothing'],
      [`Observation?patient=Patient/${id}&category=vital-signs`, (r) => about(r) && hasCode(r.category, 'vital-signs')],
      ['Observation?code=http://loinc.org|8302-2', (r) => hasCode(r.code, '8302-2', 'http://loinc.org')],
      ['Observation?code=8302-2,29463-7', (r) => hasCode(r.code, '8302-2') || hasCode(r.code, '29463-7')],
      [
        'Observation?code:text=body h',
        (r) => startsWith(r.code.text, 'body h') || codings(r.code).some((c) => startsWith(c.display, 'body h')),
      ],
      ['Observation?code=http://snomed.info/sct|8302-2', () => false, 'nothing'],
      ['Observation?value-quantity=gt180', (r) => r.valueQuantity?.value > 180],
      [
        'Observation?code=8302-2&value-quantity=ge170|http://unitsofmeasure.org|cm',
        (r) => hasCode(r.code, '8302-2') && r.valueQuantity.value >= 170,
      ],
      [
        'Observation?code=8302-2&value-quantity=168.4||cm',
        (r) => hasCode(r.code, '8302-2') && r.valueQuantity.value >= 168.35 && r.valueQuantity.value < 168.45,
      ],
      [
        'Observation?code=8302-2&value-quantity=ap170',
        (r) => hasCode(r.code, '8302-2') && Math.abs(r.valueQuantity.value - 170) <= 17,
      ],
      ['Observation?value-quantity=lt0', (r) => r.valueQuantity?.value < 0],
      [
        'Observation?combo-code=8480-6',
        (r) => hasCode(r.code, '8480-6') || list(r.component).some((c) => hasCode(c.code, '8480-6')),
      ],
      [
        'Observation?component-code-value-quantity=8480-6$gt140',
        (r) => list(r.component).some((c) => hasCode(c.code, '8480-6') && c.valueQuantity.value > 140),
      ],
      [
        'Observation?component-code-value-quantity=8462-4$gt140',
        (r) => list(r.component).some((c) => hasCode(c.code, '8462-4') && c.valueQuantity.value > 140),
        'nothing',
      ],
      [
        'Observation?code-value-quantity=http://loinc.org|8302-2$lt100||cm',
        (r) => hasCode(r.code, '8302-2') && r.valueQuantity.value < 100,
      ],
      [
        'Observation?code-value-concept=72166-2$266919005',
        (r) => hasCode(r.code, '72166-2') && hasCode(r.valueCodeableConcept, '266919005'),
      ],
      ['Observation?value-concept:missing=false', (r) => r.valueCodeableConcept !== undefined],
      [
        'Observation?date=ge2018-01-01&date=lt2018-07',
        (r) =>
          time(r.effectiveDateTime) >= time('2018-01-01T00:00:00Z') &&
          time(r.effectiveDateTime) < time('2018-07-01T00:00:00Z'),
      ],
      [
        'Observation?date=2015',
        (r) =>
          time(r.effectiveDateTime) >= time('2015-01-01T00:00:00Z') &&
          time(r.effectiveDateTime) < time('2016-01-01T00:00:00Z'),
      ],
      ['Observation?date=sa2018', (r) => time(r.effectiveDateTime) >= time('2019-01-01T00:00:00Z')],
      [
        'Observation?subject:Patient.gender=female&code=8302-2',
        (r) => women.has(r.subject.reference) && hasCode(r.code, '8302-2'),
      ],
      ['Condition?patient.gender=female', (r) => women.has(r.subject.reference)],
      [`Condition?encounter=${encounterOf}`, (r) => r.encounter?.reference === encounterOf],
      [
        'Condition?clinical-status=active&onset-date=lt2000',
        (r) => hasCode(r.clinicalStatus, 'active') && time(r.onsetDateTime) < time('2000-01-01T00:00:00Z'),
      ],
      ['Encounter?class=AMB&status=finished', (r) => r.class.code === 'AMB' && r.status === 'finished'],
      ['Encounter?date=eb2000', (r) => time(r.period.end) < time('2000-01-01T00:00:00Z')],
      [
        'Encounter?date=2016-05',
        (r) =>
          time(r.period.start) >= time('2016-05-01T00:00:00Z') && time(r.period.end) < time('2016-06-01T00:00:00Z'),
      ],
      [
        'Encounter?type:text=well child',
        (r) =>
          list(r.type).some(
            (t) => startsWith(t.text, 'well child') || codings(t).some((c) => startsWith(c.display, 'well child')),
          ),
      ],
      [
        'Procedure?date=ge2018',
        (r) => time(r.performedPeriod?.end ?? r.performedDateTime) >= time('2018-01-01T00:00:00Z'),
      ],
      ['MedicationRequest?intent=order&status=active', (r) => r.intent === 'order' && r.status === 'active'],
      [
        'Immunization?vaccine-code=http://hl7.org/fhir/sid/cvx|140',
        (r) => hasCode(r.vaccineCode, '140', 'http://hl7.org/fhir/sid/cvx'),
      ],
      [
        'Claim?status=active&created=ge2019-06',
        (r) => r.status === 'active' && time(r.created) >= time('2019-06-01T00:00:00Z'),
      ],
      [
        'Patient?_has:Condition:patient:clinical-status=active',
        (p) =>
          resources.some(
            (r) =>
              ofType(r, 'Condition') &&
              r.subject.reference === `Patient/${p.id}` &&
              hasCode(r.clinicalStatus, 'active'),
          ),
      ],
      [
        'Patient?_profile=http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient',
        (r) => list(r.meta?.profile).some((p) => p.endsWith('us-core-patient')),
      ],
      [
        'Patient?_profile:below=http://hl7.org/fhir/us/core',
        (r) => list(r.meta?.profile).some((p) => p.startsWith('http://hl7.org/fhir/us/core/')),
      ],
      ['Patient?_lastUpdated=2026-01-02', () => true],
      ['Patient?_lastUpdated=gt2026-01-02', () => false, 'nothing'],
    ],
  );

  describe('in order and in pages', () => {
    let index: FhirIndex;
    beforeAll(() => {
      index = openFhirIndex({ path: ':memory:', key: KEY });
      index.apply(records, { height: 1 });
    });
    afterAll(() => index.close());

    it('sorts by date, newest first, then by id', () => {
      const expected = resources
        .filter((r) => ofType(r, 'Observation') && about(r))
        .sort((a, b) => time(b.effectiveDateTime) - time(a.effectiveDateTime) || (a.id < b.id ? -1 : 1))
        .map((r) => r.id as string);
      expect(idsOf(index, `Observation?patient=${id}&_sort=-date`)).toEqual(expected);
    });

    it('sorts by several keys, with records without value last', () => {
      const key = (r: Loose) =>
        [r.gender as string, (r.deceasedDateTime as string | undefined) ?? '~', r.id as string].join(' ');
      const expected = resources.filter((r) => ofType(r, 'Patient')).sort((a, b) => (key(a) < key(b) ? -1 : 1));
      expect(idsOf(index, 'Patient?_sort=gender,death-date')).toEqual(expected.map((r) => r.id as string));
    });

    it.each([
      'Observation?code=8302-2',
      'Observation?code=8302-2&_sort=-value-quantity',
      'Patient?',
      'Patient?_sort=-family',
    ])('gives every match of %s once, whatever the size of pages', (query) => {
      const all = idsOf(index, query);
      const [type = '', parameters = ''] = query.split('?');
      const paged: string[] = [];
      for (let offset = 0, more = true; more; offset += 7) {
        const page = index.search({
          type,
          parameters: new URLSearchParams(`${parameters}&_count=7&_offset=${offset}`),
          scope: 'all',
        });
        paged.push(...page.matches.map((match) => match.id));
        more = page.hasMore;
      }
      expect(paged).toEqual(all);
      expect(new Set(paged).size).toBe(paged.length);
    });

    it('includes what matches refer to and what refers to them', () => {
      const search = (parameters: string) =>
        index.search({ type: 'Encounter', parameters: new URLSearchParams(parameters), scope: 'all' });
      const encounters = resources.filter((r) => ofType(r, 'Encounter') && about(r)).map((r) => `Encounter/${r.id}`);
      const { matches, included } = search(
        `patient=${id}&_count=1000&_include=Encounter:patient&_revinclude=Condition:encounter`,
      );
      expect(matches).toHaveLength(encounters.length);
      const conditions = resources.filter(
        (r) => ofType(r, 'Condition') && encounters.includes(r.encounter?.reference as string),
      );
      const expected = [`Patient/${id}`, ...conditions.map((r) => `Condition/${r.id}`)];
      expect(included.map((r) => `${r.type}/${r.id}`).sort()).toEqual(expected.sort());
      expect(search(`patient=${id}&_include=Encounter:patient:Group`).included).toEqual([]);
    });

    it('counts without returning anything', () => {
      const { matches, total } = index.search({ type: 'Patient', parameters: [['_summary', 'count']], scope: 'all' });
      expect([matches, total]).toEqual([[], resources.filter((r) => ofType(r, 'Patient')).length]);
    });

    it.each(['" OR 1=1 --', "' OR '1'='1", '%', '_', '*', '\\', '); DROP TABLE record; --', '\0', '$|', '\u{10FFFF}'])(
      'takes %j as a value and nothing else',
      (value) => {
        for (const name of [
          'family',
          'family:contains',
          'family:exact',
          'identifier',
          '_id',
          'general-practitioner',
          '_profile:below',
          'gender:text',
        ]) {
          const found = () => index.search({ type: 'Patient', parameters: [[name, value]], scope: 'all' }).matches;
          try {
            expect(found()).toEqual([]);
          } catch (error) {
            expect(error).toMatchObject({ code: 'fhir.search-value-invalid' });
          }
        }
        for (const name of [value, `family:${value}`, `${value}.name`, `_has:Observation:${value}:code`]) {
          expect(() => index.search({ type: 'Patient', parameters: [[name, 'x']], scope: 'all' })).toThrow(
            expect.objectContaining({ code: expect.stringMatching(/^fhir\.search-/) as string }) as Error,
          );
        }
        expect(() => index.search({ type: 'Patient', parameters: [['_sort', value]], scope: 'all' })).toThrow();
        expect(index.stats().resourcesByType['Patient']).toBe(resources.filter((r) => ofType(r, 'Patient')).length);
      },
    );
  });
});

describeWithData('fhir-r4-examples', 'search over the official examples', (folder) => {
  conformance(
    () => exampleRecords(folder),
    [
      ['Observation?status=final', (r) => r.status === 'final'],
      [
        'Observation?value-quantity=16||kg/m2',
        (r) => r.valueQuantity?.value >= 15.5 && r.valueQuantity?.value < 16.5 && r.valueQuantity.unit === 'kg/m2',
      ],
      ['Observation?value-quantity=16.0||kg/m2', () => false, 'nothing'],
      ['Observation?date=1999-07', (r) => r.effectiveDateTime?.startsWith('1999-07')],
      [
        'Observation?date=gt2018-04-01',
        (r) => r.effectivePeriod?.start === '2018-04-02T10:30:10+01:00' || r.effectiveDateTime > '2018-04-02',
      ],
      [
        'Observation?date:missing=true',
        (r) => !['effectiveDateTime', 'effectivePeriod', 'effectiveTiming', 'effectiveInstant'].some((key) => key in r),
      ],
      ['Patient?organization=Organization/1', (r) => r.managingOrganization?.reference === 'Organization/1'],
      [
        'Patient?phone=555-555-2003',
        (r) => list(r.telecom).some((t) => t.system === 'phone' && t.value === '555-555-2003'),
      ],
      [
        'Patient?telecom=phone|555-555-2003',
        (r) => list(r.telecom).some((t) => t.system === 'phone' && t.value === '555-555-2003'),
      ],
      ['Patient?telecom=email|555-555-2003', () => false, 'nothing'],
      ['Patient?email:missing=true', (r) => !list(r.telecom).some((t) => t.system === 'email')],
      ['Patient?deceased=false', (r) => r.deceasedBoolean !== true && r.deceasedDateTime === undefined],
      ['Condition?onset-info=approx', (r) => startsWith(r.onsetString, 'approx')],
      ['Condition?onset-date=2013-03', (r) => r.onsetDateTime?.startsWith('2013-03')],
      ['ValueSet?url:below=http://hl7.org/fhir/ValueSet', (r) => r.url?.startsWith('http://hl7.org/fhir/ValueSet/')],
      ['QuestionnaireResponse?status=completed', (r) => r.status === 'completed'],
      ['RiskAssessment?probability=gt0.01', (r) => list(r.prediction).some((p) => p.probabilityDecimal > 0.01)],
      ['RiskAssessment?probability=0.000368', (r) => list(r.prediction).some((p) => p.probabilityDecimal === 0.000368)],
      ['Group?characteristic:text=gender', (r) => list(r.characteristic).some((c) => c.code.text === 'gender')],
      ['Group?characteristic:missing=false', (r) => list(r.characteristic).length > 0],
      [
        'ActivityDefinition?context-type-value=age$D000328',
        (r) => list(r.useContext).some((c) => c.code.code === 'age' && hasCode(c.valueCodeableConcept, 'D000328')),
      ],
      ['ActivityDefinition?context-type-value=focus$D000328', () => false, 'nothing'],
    ],
  );
});

describe('search over every shape of value', () => {
  const observation = (id: string, more: object) => ({ resourceType: 'Observation', id, code: { text: 'x' }, ...more });
  const quantity = (value: number, more: object = {}) => ({
    valueQuantity: { value, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg', ...more },
  });
  const resources = [
    observation('year', { effectiveDateTime: '2015' }),
    observation('month', { effectiveDateTime: '2015-06' }),
    observation('instant', { effectiveInstant: '2015-06-15T12:00:00Z' }),
    observation('period', { effectivePeriod: { start: '2015-06-01', end: '2015-07-10' } }),
    observation('since', { effectivePeriod: { start: '2015-06' } }),
    observation('until', { effectivePeriod: { end: '2015-06' } }),
    observation('timing', { effectiveTiming: { event: ['2016-01-01', '2015-01-01'] } }),
    observation('bounds', { effectiveTiming: { repeat: { boundsPeriod: { start: '2014', end: '2014' } } } }),
    observation('nonsense', { effectiveDateTime: 'when?', effectivePeriod: { start: 'a', end: 'b' } }),
    observation('5.35', quantity(5.35)),
    observation('5.4', quantity(5.4)),
    observation('5.45', quantity(5.45, { code: 'g', unit: 'g' })),
    observation('<5', quantity(5, { comparator: '<' })),
    observation('>5', quantity(5, { comparator: '>=' })),
    observation('unit', { valueQuantity: { value: 7, unit: 'tablets' } }),
    {
      resourceType: 'Condition',
      id: 'age',
      onsetAge: { value: 52, unit: 'a' },
      subject: { identifier: { system: 'http://id', value: '7' } },
    },
    {
      resourceType: 'Condition',
      id: 'range',
      onsetRange: { low: { value: 40 }, high: { value: 60 } },
      subject: { reference: 'urn:uuid:1', type: 'Patient' },
    },
    {
      resourceType: 'Condition',
      id: 'remote',
      subject: { reference: 'https://other.example/fhir/Patient/9/_history/2' },
    },
    { resourceType: 'Condition', id: 'local', subject: { reference: 'Patient/9/_history/3' } },
    { resourceType: 'Condition', id: 'group', subject: { reference: 'Group/9' } },
    {
      resourceType: 'DocumentReference',
      id: 'd',
      relatesTo: [
        { code: 'appends', target: { reference: 'DocumentReference/1' } },
        { code: 'replaces', target: { reference: 'DocumentReference/2' } },
      ],
    },
    {
      resourceType: 'CarePlan',
      id: 'plan',
      instantiatesCanonical: ['http://plans.example/a|1.0'],
      instantiatesUri: ['http://plans.example/b/c'],
    },
    {
      resourceType: 'Patient',
      id: 'names',
      name: [{ text: 'Žofie  von Straßburg-Müller' }],
      telecom: [null, { system: 'email', value: 'a@b' }],
    },
    { resourceType: 'Patient', id: 'escapes', identifier: [{ system: 'http://x|y', value: 'a,b$c\\d' }], active: true },
  ];
  const index = openFhirIndex({ path: ':memory:', key: KEY });
  index.apply(
    resources.map((resource, leaf) => recordOf(resource, { leaf })),
    { height: 1 },
  );

  it.each<[string, string]>([
    ['Observation?date=2015', 'instant month period year'],
    ['Observation?date=2015-06', 'instant month'],
    ['Observation?date=2015-06-15', 'instant'],
    ['Observation?date=2015-06-15T12:00:00Z', 'instant'],
    ['Observation?date=2015-06-15T14:00:00 02:00', 'instant'],
    ['Observation?date=ne2015', 'bounds since timing until'],
    ['Observation?date=gt2015-06', 'period since timing year'],
    ['Observation?date=lt2015-06', 'bounds timing until year'],
    ['Observation?date=ge2015-06', 'instant month period since timing year'],
    ['Observation?date=le2015-06', 'bounds instant month timing until year'],
    ['Observation?date=sa2015-05', 'instant month period since'],
    ['Observation?date=sa2015-06', ''],
    ['Observation?date=eb2015', 'bounds'],
    ['Observation?date=eb2015-07', 'bounds instant month until'],
    ['Observation?date=2014,2015-06-15', 'bounds instant'],
    ['Observation?date:missing=false&date=eb2015', 'bounds'],
    ['Observation?value-quantity=5.4', '5.35 5.4'],
    ['Observation?value-quantity=5.40', '5.4'],
    ['Observation?value-quantity=5.45|http://unitsofmeasure.org|g', '5.45'],
    ['Observation?value-quantity=5||mg', '5.35 5.4'],
    ['Observation?value-quantity=ne5.4', '5.45 <5 >5 unit'],
    ['Observation?value-quantity=gt5.4', '5.45 >5 unit'],
    ['Observation?value-quantity=ge5.4', '5.4 5.45 >5 unit'],
    ['Observation?value-quantity=lt5.35', '<5 >5'],
    ['Observation?value-quantity=le5.35', '5.35 <5 >5'],
    ['Observation?value-quantity=sa5.4', '5.45 unit'],
    ['Observation?value-quantity=eb5.4', '5.35 <5'],
    ['Observation?value-quantity=ap5.9', '5.35 5.4 5.45 >5'],
    ['Observation?value-quantity=7||tablets', 'unit'],
    ['Observation?value-quantity=7|tablets', 'unit'],
    ['Observation?value-quantity=7|http://unitsofmeasure.org|tablets', ''],
    ['Condition?onset-age=52', 'age'],
    ['Condition?onset-age=gt55', 'range'],
    ['Condition?onset-age=50', ''],
    ['Condition?subject:identifier=http://id|7', 'age'],
    ['Condition?subject:identifier=7', 'age'],
    ['Condition?subject=urn:uuid:1', 'range'],
    ['Condition?patient=urn:uuid:1', 'range'],
    ['Condition?subject=https://other.example/fhir/Patient/9', 'remote'],
    ['Condition?patient=https://other.example/fhir/Patient/9/_history/7', 'remote'],
    ['Condition?subject=Patient/9', 'local'],
    ['Condition?subject=9', 'group local'],
    ['Condition?patient=9', 'local'],
    ['Condition?subject:Group=9', 'group'],
    ['Condition?subject:Group=Patient/9', ''],
    ['Condition?subject:missing=false', 'age group local range remote'],
    ['DocumentReference?relationship=appends$DocumentReference/1', 'd'],
    ['DocumentReference?relationship=appends$DocumentReference/2', ''],
    ['DocumentReference?relation=appends&relatesto=DocumentReference/2', 'd'],
    ['CarePlan?instantiates-canonical=http://plans.example/a', 'plan'],
    ['CarePlan?instantiates-canonical=http://plans.example/a|1.0', 'plan'],
    ['CarePlan?instantiates-canonical=http://plans.example/a|2.0', ''],
    ['CarePlan?instantiates-uri=http://plans.example/b/c', 'plan'],
    ['CarePlan?instantiates-uri:below=http://plans.example/b', 'plan'],
    ['CarePlan?instantiates-uri:below=http://plans.example/b/', 'plan'],
    ['CarePlan?instantiates-uri:below=http://plans.exam', ''],
    ['CarePlan?instantiates-uri:above=http://plans.example/b/c/d/e', 'plan'],
    ['Patient?name=zofie von strass', 'names'],
    ['Patient?name=ŽOFIE', 'names'],
    ['Patient?name:contains=STRASSBURG', 'names'],
    ['Patient?name:exact=Žofie  von Straßburg-Müller', 'names'],
    ['Patient?name:exact=Žofie von Straßburg-Müller', ''],
    ['Patient?email=a@b', 'names'],
    ['Patient?identifier=http://x\\|y|a\\,b\\$c\\\\d', 'escapes'],
    ['Patient?identifier=a\\,b\\$c\\\\d', 'escapes'],
    ['Patient?identifier=a,b', ''],
    ['Patient?active=true', 'escapes'],
    ['Patient?active:not=true', 'names'],
  ])('%s finds %j', (query, expected) => {
    const [type = '', parameters = ''] = query.split('?');
    const [name = '', ...value] = parameters.split(/[=&]/);
    const pairs: [string, string][] =
      value.length > 1 ? [...new URLSearchParams(parameters)] : [[name, value[0] ?? '']];
    const { matches } = index.search({ type, parameters: pairs, scope: 'all' });
    expect(matches.map(({ id }) => id).join(' ')).toBe(expected);
  });

  it('takes the present as given for approximate dates', () => {
    const find = (value: string, nowMs: number) =>
      index
        .search({ type: 'Observation', parameters: [['date', value]], scope: 'all', nowMs })
        .matches.map(({ id }) => id)
        .join(' ');
    expect(find('ap2014-12-01', Date.UTC(2014, 11, 1))).toBe('bounds until');
    expect(find('ap2013', Date.UTC(2022, 6, 1))).toBe('bounds until');
  });
});

describe('what a search refuses', () => {
  const index = openFhirIndex({ path: ':memory:', key: KEY });
  const search = (query: string, handling: 'strict' | 'lenient' = 'strict') => {
    const [type = '', parameters = ''] = query.split('?');
    return index.search({ type, parameters: new URLSearchParams(parameters), scope: 'all', handling });
  };

  it.each([
    ['Dog?name=x', 'fhir.type-unknown'],
    ['Patient?colour=x', 'fhir.search-parameter-unknown'],
    ['Patient?colour:exact=x', 'fhir.search-parameter-unknown'],
    ['Patient?_sort=colour', 'fhir.search-parameter-unknown'],
    ['Patient?organization.colour=x', 'fhir.search-parameter-unknown'],
    ['Patient?_include=Patient:colour', 'fhir.search-parameter-unknown'],
    ['Patient?_has:Observation:patient:colour=x', 'fhir.search-parameter-unknown'],
    ['Patient?name:soundex=x', 'fhir.search-not-supported'],
    ['Patient?gender:in=x', 'fhir.search-not-supported'],
    ['Patient?birthdate:exact=2000', 'fhir.search-not-supported'],
    ['Patient?_content=x', 'fhir.search-not-supported'],
    ['Patient?name.given=x', 'fhir.search-not-supported'],
    ['Observation?subject.organization.name=x', 'fhir.search-not-supported'],
    ['Observation?code-value-quantity:missing=true', 'fhir.search-not-supported'],
    ['Location?near=1', 'fhir.search-not-supported'],
    ['Patient?birthdate=yesterday', 'fhir.search-value-invalid'],
    ['Patient?birthdate=ge', 'fhir.search-value-invalid'],
    ['Patient?birthdate=2000-02-30', 'fhir.search-value-invalid'],
    ['Patient?gender=', 'fhir.search-value-invalid'],
    ['Patient?gender=male,', 'fhir.search-value-invalid'],
    ['Patient?gender=|', 'fhir.search-value-invalid'],
    ['Patient?gender=a|b|c', 'fhir.search-value-invalid'],
    ['Patient?gender:missing=perhaps', 'fhir.search-value-invalid'],
    ['Patient?name=%CC%81', 'fhir.search-value-invalid'],
    ['Observation?value-quantity=tall', 'fhir.search-value-invalid'],
    ['Observation?value-quantity=5|a|b|c', 'fhir.search-value-invalid'],
    ['Observation?code-value-quantity=a', 'fhir.search-value-invalid'],
    ['Observation?code-value-quantity=a$1$2', 'fhir.search-value-invalid'],
    ['Patient?_has:Observation:code=1', 'fhir.search-value-invalid'],
  ])('%s: %s', (query, code) => {
    expect(() => search(query)).toThrow(failsWith(code));
  });

  it('takes many values, and refuses more than the database does', () => {
    const many = (name: string, n: number) =>
      `${name}=${Array.from({ length: n }, (_, i) => String(i + 1000)).join(',')}`;
    for (const [name, n] of [
      ['combo-value-quantity', 100],
      ['combo-code', 200],
      ['patient', 200],
      ['date', 200],
      ['_id', 200],
    ] as const) {
      expect(search(`Observation?${many(name, n)}`).matches).toEqual([]);
    }
    expect(() => search(`Observation?${many('code', 201)}`)).toThrow(failsWith('fhir.search-value-invalid'));
    expect(() => search(`Observation?${many('combo-value-quantity', 101)}`)).toThrow(
      failsWith('fhir.search-too-complex'),
    );
    for (const most of [many('code', 200), many('combo-value-quantity', 100).replaceAll(',', '|s|u,')]) {
      expect(() => search(`Observation?${[most, most, most].join('&')}`)).toThrow(failsWith('fhir.search-too-complex'));
    }
  });

  it('leaves out what it does not know if asked to be lenient, but never a modifier', () => {
    expect(search('Patient?colour=x&_sort=taste', 'lenient').ignored).toEqual(['colour', '_sort?taste']);
    expect(() => search('Patient?name:soundex=x', 'lenient')).toThrow();
  });

  it('does not repeat values, which may be about people', () => {
    for (const query of [
      'Patient?birthdate=Smith',
      'Observation?value-quantity=Smith',
      'Patient?gender=Smith|a|b',
      'Patient?gender:missing=Smith',
    ]) {
      expect(() => search(query)).toThrow(/^(?!.*Smith)/);
    }
  });
});

describe('the scope of a search', () => {
  const patient = (id: string, family: string) => ({ resourceType: 'Patient', id, name: [{ family }] });
  const seen = { subject: ledgerId('a'), compartment: ledgerId('a general') };
  const unseen = { subject: ledgerId('a'), compartment: ledgerId('a mental health') };
  const scope: Scope = { compartments: [[seen.subject, seen.compartment]] };
  const observation = (id: string, code: string) => ({
    resourceType: 'Observation',
    id,
    code: { coding: [{ code }] },
    subject: { reference: 'Patient/p' },
  });
  const records = [
    recordOf(patient('p', 'Visible'), { ...seen, leaf: 0 }),
    recordOf(observation('o1', 'open'), { ...seen, leaf: 1 }),
    recordOf(observation('o2', 'hidden'), { ...unseen, leaf: 0, own: false }),
    recordOf(observation('o3', 'hidden'), { ...unseen, leaf: 1 }),
    recordOf(patient('q', 'Other'), { subject: ledgerId('b'), compartment: ledgerId('b general'), leaf: 0 }),
  ];
  const index = openFhirIndex({ path: ':memory:', key: KEY });
  index.apply(records, { height: 1 });

  it.each<[string, Scope, string[]]>([
    ['Observation?', 'all', ['o1', 'o2', 'o3']],
    ['Observation?', scope, ['o1']],
    ['Observation?code=hidden', scope, []],
    ['Observation?patient=p', scope, ['o1']],
    ['Observation?patient.family=visible', scope, ['o1']],
    ['Patient?', scope, ['p']],
    ['Patient?_has:Observation:patient:code=hidden', 'all', ['p']],
    ['Patient?_has:Observation:patient:code=hidden', scope, []],
    ['Patient?family=other', scope, []],
    ['Observation?patient.family=visible', { compartments: [[unseen.subject, unseen.compartment]] }, []],
    ['Observation?', { compartments: [] }, []],
    ['Observation?', { compartments: [[ledgerId('b'), seen.compartment]] }, []],
    ['Observation?', { withoutForeign: [[unseen.subject, unseen.compartment]] }, ['o1', 'o3']],
    ['Observation?code=hidden&_sort=code', { withoutForeign: [[unseen.subject, unseen.compartment]] }, ['o3']],
  ])('%s in %j finds and counts %j', (query, within, expected) =>
    expect(idsOf(index, query, within)).toEqual(expected),
  );

  it('holds for includes, reads, versions and histories', () => {
    const { included } = index.search({ type: 'Patient', parameters: [['_revinclude', 'Observation:patient']], scope });
    expect(included.map(({ id }) => id)).toEqual(['o1']);
    const only = { compartments: [[unseen.subject, unseen.compartment]] } as const;
    expect(
      index.search({ type: 'Observation', parameters: [['_include', 'Observation:patient']], scope: only }).included,
    ).toEqual([]);
    expect(index.read('Observation', 'o2', scope)).toBeUndefined();
    expect(index.readVersion('Observation', 'o2', 1, scope)).toBeUndefined();
    expect(index.history({ type: 'Observation', count: 10, offset: 0, scope })).toMatchObject({
      total: 1,
      versions: [{ id: 'o1' }],
    });
    expect(index.history({ type: 'Observation', id: 'o2', count: 10, offset: 0, scope })).toEqual({
      total: 0,
      versions: [],
    });
  });

  it('says of every result whose it is', () => {
    expect(index.read('Observation', 'o2')).toEqual({ ...records[2], own: false });
  });
});
