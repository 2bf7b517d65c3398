import { describe, expect, it } from 'vitest';
import { toOperationOutcome, type Issue } from './issue.js';
import { validateResource } from './validate.js';

const DIV = '<div xmlns="http://www.w3.org/1999/xhtml">x</div>';
const UCUM = 'http://unitsofmeasure.org';
const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem/';

const patient = (more: object): object => ({ resourceType: 'Patient', ...more });
const observation = (more: object): object => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'c' },
  ...more,
});
const condition = (more: object): object => ({
  resourceType: 'Condition',
  subject: { reference: 'Patient/1' },
  ...more,
});
const bundle = (more: object): object => ({ resourceType: 'Bundle', type: 'collection', ...more });
const questionnaire = (...item: object[]): object => ({ resourceType: 'Questionnaire', status: 'draft', item });
const structureDefinition = (more: object): object => ({
  resourceType: 'StructureDefinition',
  url: 'http://example.org/s',
  name: 'S',
  status: 'draft',
  kind: 'resource',
  abstract: false,
  type: 'Basic',
  baseDefinition: 'http://example.org/b',
  ...more,
});

/** Each fault: the resource, where it must be found, and which rule must find it. */
const FAULTS: readonly [name: string, resource: unknown, expression: string, diagnostics: RegExp][] = [
  // Resources
  ['no object', 'x', '', /JSON object/],
  ['no resource type', {}, '', /resourceType/],
  ['an unknown resource type', { resourceType: 'Robot' }, '', /resourceType/],
  ['a data type as a resource', { resourceType: 'HumanName' }, '', /resourceType/],
  ['an abstract resource type', { resourceType: 'DomainResource' }, '', /resourceType/],
  ['a property of objects as a type', { resourceType: 'constructor' }, '', /resourceType/],
  // Names
  ['an unknown element', patient({ robot: 1 }), 'Patient.robot', /no element/],
  ['a near miss', patient({ birthdate: '2020' }), 'Patient.birthdate', /did you mean birthDate\?/],
  [
    'an unknown element, deep',
    patient({ name: [{ familly: 'x' }] }),
    'Patient.name[0].familly',
    /did you mean family\?/,
  ],
  ['a name that may be a value', patient({ 'John Smith': 1 }), 'Patient', /element that Patient does not have/],
  [
    'resourceType in a data type',
    patient({ name: [{ resourceType: 'x' }] }),
    'Patient.name[0].resourceType',
    /no element/,
  ],
  ['an underscore on a complex element', patient({ _name: [{ id: 'a' }] }), 'Patient._name', /no element/],
  ['__proto__', JSON.parse('{"resourceType":"Patient","__proto__":{"a":1}}'), 'Patient', /does not have/],
  ['an abstract choice', observation({ value: 'x' }), 'Observation.value', /no element/],
  // Shapes
  ['a single value in an array', patient({ birthDate: ['2020'] }), 'Patient.birthDate', /not an array/],
  ['an array as a single value', patient({ name: { family: 'x' } }), 'Patient.name', /expected an array/],
  ['an object as an array', patient({ name: 'x' }), 'Patient.name', /expected an array/],
  ['a string as an object', patient({ maritalStatus: 'M' }), 'Patient.maritalStatus', /JSON object/],
  ['an array in an array', patient({ name: [[{ family: 'x' }]] }), 'Patient.name[0]', /JSON object/],
  ['an empty array', patient({ name: [] }), 'Patient.name', /array is empty/],
  ['an empty object', patient({ name: [{}] }), 'Patient.name[0]', /ele-1/],
  ['an object with only an id', patient({ name: [{ id: 'a' }] }), 'Patient.name[0]', /ele-1/],
  ['null', patient({ birthDate: null }), 'Patient.birthDate', /null/],
  ['null in an array of objects', patient({ name: [null] }), 'Patient.name[0]', /null/],
  ['null in an array of strings', patient({ name: [{ given: [null] }] }), 'Patient.name[0].given[0]', /null/],
  [
    'two nulls in one place',
    patient({ name: [{ given: [null], _given: [null] }] }),
    'Patient.name[0].given[0]',
    /null/,
  ],
  ['an object for a primitive', patient({ birthDate: { year: 1 } }), 'Patient.birthDate', /JSON string/],
  ['a primitive for its extensions', patient({ _birthDate: '2020' }), 'Patient.birthDate', /JSON object/],
  // Cardinality
  ['a missing status', { resourceType: 'Observation', code: { text: 'c' } }, 'Observation.status', /required/],
  ['a missing subject', { resourceType: 'Condition' }, 'Condition.subject', /required/],
  [
    'a missing element, deep',
    patient({ communication: [{ preferred: true }] }),
    'Patient.communication[0].language',
    /required/,
  ],
  [
    'a missing choice',
    { resourceType: 'MedicationRequest', status: 'active', intent: 'order', subject: { display: 'x' } },
    'MedicationRequest.medication',
    /required/,
  ],
  [
    'a missing URL of an extension',
    patient({ extension: [{ valueString: 'x' }] }),
    'Patient.extension[0].url',
    /required/,
  ],
  // Choices
  ['two values', observation({ valueString: 'a', valueInteger: 1 }), 'Observation.value', /more than one type/],
  [
    'a value and the extension of another',
    observation({ valueString: 'a', _valueInteger: { extension: [{ url: 'u', valueString: 'x' }] } }),
    'Observation.value',
    /more than one/,
  ],
  ['a type that the choice lacks', observation({ valueDecimal: 1 }), 'Observation.valueDecimal', /no element/],
  [
    'a fault inside a choice',
    observation({ valueQuantity: { value: '1' } }),
    'Observation.value.ofType(Quantity).value',
    /JSON number/,
  ],
  // Primitives
  ['a boolean as text', patient({ active: 'true' }), 'Patient.active', /true or false/],
  ['a number as text', observation({ valueInteger: '1' }), 'Observation.value.ofType(integer)', /JSON number/],
  ['text as a number', patient({ birthDate: 2020 }), 'Patient.birthDate', /JSON string/],
  ['a fraction', observation({ valueInteger: 1.5 }), 'Observation.value.ofType(integer)', /whole number/],
  [
    'an integer beyond 32 bits',
    observation({ valueInteger: 2 ** 31 }),
    'Observation.value.ofType(integer)',
    /whole number/,
  ],
  [
    'an infinite decimal',
    observation({ valueQuantity: { value: JSON.parse('1e999') as number } }),
    'Observation.value.ofType(Quantity).value',
    /number/,
  ],
  ['zero as a positive integer', patient({ telecom: [{ rank: 0 }] }), 'Patient.telecom[0].rank', /from 1/],
  ['a negative unsigned integer', bundle({ type: 'searchset', total: -1 }), 'Bundle.total', /from 0/],
  ['an empty string', patient({ name: [{ family: '' }] }), 'Patient.name[0].family', /empty string/],
  ['a control character', patient({ name: [{ family: 'a\u0000b' }] }), 'Patient.name[0].family', /control character/],
  [
    'a string that is too long',
    patient({ name: [{ family: 'x'.repeat(1024 * 1024 + 1) }] }),
    'Patient.name[0].family',
    /longer than/,
  ],
  ['a day that does not exist', patient({ birthDate: '2020-02-30' }), 'Patient.birthDate', /day that exists/],
  ['a leap day in a common year', patient({ birthDate: '1900-02-29' }), 'Patient.birthDate', /day that exists/],
  ['31 April', patient({ birthDate: '2020-04-31' }), 'Patient.birthDate', /day that exists/],
  ['a month 13', patient({ birthDate: '2020-13' }), 'Patient.birthDate', /YYYY-MM/],
  ['year 0', patient({ birthDate: '0000' }), 'Patient.birthDate', /YYYY/],
  ['a time in a date', patient({ birthDate: '2020-01-01T00:00:00Z' }), 'Patient.birthDate', /YYYY-MM-DD/],
  ['a local date format', patient({ birthDate: '01/02/2020' }), 'Patient.birthDate', /YYYY-MM-DD/],
  [
    'a dateTime without zone',
    observation({ effectiveDateTime: '2020-01-01T00:00:00' }),
    'Observation.effective.ofType(dateTime)',
    /time zone/,
  ],
  [
    'a dateTime without seconds',
    observation({ effectiveDateTime: '2020-01-01T00:00Z' }),
    'Observation.effective.ofType(dateTime)',
    /time zone/,
  ],
  [
    'hour 24',
    observation({ effectiveDateTime: '2020-01-01T24:00:00Z' }),
    'Observation.effective.ofType(dateTime)',
    /time zone/,
  ],
  ['a zone of +15:00', observation({ issued: '2020-01-01T00:00:00+15:00' }), 'Observation.issued', /time zone/],
  ['an instant of a day', observation({ issued: '2020-01-01' }), 'Observation.issued', /time zone/],
  ['a time with a zone', observation({ valueTime: '10:00:00Z' }), 'Observation.value.ofType(time)', /hh:mm:ss/],
  ['an id that is too long', patient({ id: 'a'.repeat(65) }), 'Patient.id', /1 to 64/],
  ['an id with an underscore', patient({ id: 'a_b' }), 'Patient.id', /1 to 64/],
  ['a code with a space at its end', observation({ status: 'final ' }), 'Observation.status', /spaces/],
  [
    'a URI with a space',
    patient({ identifier: [{ system: 'http://a b' }] }),
    'Patient.identifier[0].system',
    /white space/,
  ],
  [
    'an OID without its prefix',
    patient({ extension: [{ url: 'u', valueOid: '1.2.3' }] }),
    'Patient.extension[0].value.ofType(oid)',
    /urn:oid/,
  ],
  [
    'a UUID in capitals',
    patient({ extension: [{ url: 'u', valueUuid: 'urn:uuid:C757873D-EC9A-4326-A141-556F43239520' }] }),
    'Patient.extension[0].value.ofType(uuid)',
    /lower-case/,
  ],
  [
    'base64 without padding',
    { resourceType: 'Binary', contentType: 'text/plain', data: 'YQ' },
    'Binary.data',
    /base64/,
  ],
  [
    'base64 of other letters',
    { resourceType: 'Binary', contentType: 'text/plain', data: 'YQ-_' },
    'Binary.data',
    /base64/,
  ],
  // Primitive extensions
  ['an empty primitive extension', patient({ birthDate: '2020', _birthDate: {} }), 'Patient.birthDate', /ele-1/],
  [
    'a fault in a primitive extension',
    patient({ _birthDate: { extension: [{ url: 'u', valueDate: 'x' }] } }),
    'Patient.birthDate.extension[0].value.ofType(date)',
    /YYYY/,
  ],
  // Codes
  ['gender robot', patient({ gender: 'robot' }), 'Patient.gender', /male, female, other, unknown/],
  ['a code in the wrong case', patient({ gender: 'Male' }), 'Patient.gender', /male, female/],
  [
    'a contact of an unknown gender code',
    patient({ contact: [{ name: { text: 'x' }, gender: 'm' }] }),
    'Patient.contact[0].gender',
    /male/,
  ],
  ['a status of another resource', observation({ status: 'active' }), 'Observation.status', /observation-status/],
  [
    'a heading that is no code',
    questionnaire({ linkId: '1', type: 'question' }),
    'Questionnaire.item[0].type',
    /item-type/,
  ],
  [
    'a concept with a foreign code',
    condition({ clinicalStatus: { coding: [{ system: `${TERMINOLOGY}condition-clinical`, code: 'x' }] } }),
    'Condition.clinicalStatus',
    /condition-clinical/,
  ],
  [
    'a concept of a foreign system',
    condition({ clinicalStatus: { coding: [{ system: 'http://other', code: 'active' }] } }),
    'Condition.clinicalStatus',
    /condition-clinical/,
  ],
  [
    'a concept with text only',
    condition({ clinicalStatus: { text: 'active' } }),
    'Condition.clinicalStatus',
    /condition-clinical/,
  ],
  ['a media type of one word', { resourceType: 'Binary', contentType: 'pdf' }, 'Binary.contentType', /media type/],
  ['a language with an underscore', patient({ language: 'en_US' }), 'Patient.language', /BCP 47/],
  [
    'a currency that is none',
    { resourceType: 'Invoice', status: 'draft', totalNet: { value: 1, currency: 'XQQ' } },
    'Invoice.totalNet.currency',
    /ISO 4217/,
  ],
  // References
  [
    'a reference to the wrong type',
    observation({ subject: { reference: 'Organization/1' } }),
    'Observation.subject.reference',
    /may only refer to Patient/,
  ],
  [
    'a URL of the wrong type',
    observation({ subject: { reference: 'http://a/fhir/Organization/1/_history/2' } }),
    'Observation.subject.reference',
    /may only/,
  ],
  [
    'a conditional reference to the wrong type',
    observation({ subject: { reference: 'Organization?identifier=1' } }),
    'Observation.subject.reference',
    /may only/,
  ],
  [
    'a reference whose type is wrong',
    observation({ subject: { type: 'Organization', identifier: { value: '1' } } }),
    'Observation.subject.reference',
    /may only/,
  ],
  [
    'a contained resource of the wrong type',
    observation({ contained: [{ resourceType: 'Organization', id: 'o', name: 'x' }], subject: { reference: '#o' } }),
    'Observation.subject.reference',
    /may only/,
  ],
  [
    'a reference to an unknown type',
    { resourceType: 'Basic', code: { text: 'c' }, subject: { reference: 'Robot/1' } },
    'Basic.subject.reference',
    /R4 does not have/,
  ],
  [
    'a reference that is no reference',
    observation({ subject: { reference: 'John Smith' } }),
    'Observation.subject.reference',
    /Type\/id/,
  ],
  ['a reference to nothing contained', observation({ subject: { reference: '#p' } }), 'Observation.subject', /ref-1/],
  // Contained resources
  [
    'a contained resource that nobody refers to',
    observation({ contained: [{ resourceType: 'Patient', id: 'p', active: true }] }),
    'Observation.contained[0]',
    /dom-3/,
  ],
  [
    'a contained resource without id',
    observation({ contained: [{ resourceType: 'Patient', active: true }] }),
    'Observation.contained[0]',
    /dom-3/,
  ],
  [
    'a resource contained twice over',
    observation({
      subject: { reference: '#p' },
      contained: [
        {
          resourceType: 'Patient',
          id: 'p',
          contained: [{ resourceType: 'Patient', id: 'q' }],
          link: [{ type: 'seealso', other: { reference: '#q' } }],
        },
      ],
    }),
    'Observation.contained[0]',
    /dom-2/,
  ],
  [
    'a version of a contained resource',
    observation({
      subject: { reference: '#p' },
      contained: [{ resourceType: 'Patient', id: 'p', meta: { versionId: '1' } }],
    }),
    'Observation.contained[0]',
    /dom-4/,
  ],
  [
    'a label of a contained resource',
    observation({
      subject: { reference: '#p' },
      contained: [{ resourceType: 'Patient', id: 'p', meta: { security: [{ code: 'R' }] } }],
    }),
    'Observation.contained[0]',
    /dom-5/,
  ],
  [
    'a fault in a contained resource',
    observation({ subject: { reference: '#p' }, contained: [{ resourceType: 'Patient', id: 'p', gender: 'x' }] }),
    'Observation.contained[0].gender',
    /administrative-gender/,
  ],
  ['a contained string', observation({ contained: ['x'] }), 'Observation.contained[0]', /JSON object/],
  // Bundles and parameters
  [
    'a fault in a bundle',
    bundle({ entry: [{ fullUrl: 'urn:uuid:1', resource: patient({ gender: 'x' }) }] }),
    'Bundle.entry[0].resource.gender',
    /administrative-gender/,
  ],
  [
    'a reference across the entries of a bundle by #',
    bundle({
      entry: [
        { resource: observation({ subject: { reference: '#p' } }) },
        { resource: { resourceType: 'Patient', id: 'p' } },
      ],
    }),
    'Bundle.entry[0].resource.subject',
    /ref-1/,
  ],
  [
    'a transaction without requests',
    bundle({ type: 'transaction', entry: [{ resource: patient({}) }] }),
    'Bundle',
    /bdl-3/,
  ],
  ['a total in a collection', bundle({ total: 1 }), 'Bundle', /bdl-1/],
  [
    'two equal full URLs',
    bundle({
      entry: [
        { fullUrl: 'u:1', resource: patient({}) },
        { fullUrl: 'u:1', resource: patient({}) },
      ],
    }),
    'Bundle',
    /bdl-7/,
  ],
  ['an entry of nothing', bundle({ entry: [{ fullUrl: 'u:1' }] }), 'Bundle.entry[0]', /bdl-5/],
  [
    'an HTTP verb that is none',
    bundle({ type: 'batch', entry: [{ request: { method: 'LOOK', url: 'Patient' } }] }),
    'Bundle.entry[0].request.method',
    /http-verb/,
  ],
  [
    'a parameter with value and part',
    {
      resourceType: 'Parameters',
      parameter: [{ name: 'a', valueString: 'x', part: [{ name: 'b', valueString: 'y' }] }],
    },
    'Parameters.parameter[0]',
    /inv-1/,
  ],
  [
    'a fault in a parameter of parameters',
    {
      resourceType: 'Parameters',
      parameter: [{ name: 'a', part: [{ name: 'b', resource: patient({ gender: 'x' }) }] }],
    },
    'Parameters.parameter[0].part[0].resource.gender',
    /gender/,
  ],
  // Invariants
  [
    'an extension with both',
    patient({ extension: [{ url: 'u', valueString: 'x', extension: [{ url: 'v', valueString: 'y' }] }] }),
    'Patient.extension[0]',
    /ext-1/,
  ],
  ['an extension with neither', patient({ extension: [{ url: 'u' }] }), 'Patient.extension[0]', /ext-1/],
  [
    'a value and its absence',
    observation({ valueString: 'x', dataAbsentReason: { text: 'r' } }),
    'Observation',
    /obs-6/,
  ],
  [
    'a component of the same code',
    observation({
      code: { coding: [{ system: 's', code: 'c' }] },
      valueInteger: 1,
      component: [{ code: { coding: [{ code: 'c', system: 's' }] }, valueInteger: 1 }],
    }),
    'Observation',
    /obs-7/,
  ],
  [
    'a reference range of nothing',
    observation({ referenceRange: [{ type: { text: 'x' } }] }),
    'Observation.referenceRange[0]',
    /obs-3/,
  ],
  [
    'a reference range of nothing, reused by a component',
    observation({ component: [{ code: { text: 'c' }, valueInteger: 1, referenceRange: [{ type: { text: 'x' } }] }] }),
    'Observation.component[0].referenceRange[0]',
    /obs-3/,
  ],
  [
    'a period that ends before it starts',
    patient({ name: [{ family: 'x', period: { start: '2021', end: '2020-12' } }] }),
    'Patient.name[0].period',
    /per-1/,
  ],
  [
    'a range upside down',
    observation({ valueRange: { low: { value: 2 }, high: { value: 1 } } }),
    'Observation.value.ofType(Range)',
    /rng-2/,
  ],
  [
    'a unit code without system',
    observation({ valueQuantity: { value: 1, code: 'kg' } }),
    'Observation.value.ofType(Quantity)',
    /qty-3/,
  ],
  [
    'a comparator in a simple quantity',
    observation({ referenceRange: [{ low: { value: 1, comparator: '<' } }] }),
    'Observation.referenceRange[0].low.comparator',
    /no element/,
  ],
  [
    'an age in an unknown system',
    condition({ onsetAge: { value: 1, code: 'a', system: 'http://other' } }),
    'Condition.onset.ofType(Age)',
    /age-1/,
  ],
  [
    'a duration without code',
    { resourceType: 'Encounter', status: 'planned', class: { code: 'AMB' }, length: { code: 'min', system: UCUM } },
    'Encounter.length',
    /drt-1/,
  ],
  [
    'a ratio without denominator',
    observation({ valueRatio: { numerator: { value: 1 } } }),
    'Observation.value.ofType(Ratio)',
    /rat-1/,
  ],
  ['a telecom without system', patient({ telecom: [{ value: '1' }] }), 'Patient.telecom[0]', /cpt-2/],
  ['a contact of nobody', patient({ contact: [{ relationship: [{ text: 'x' }] }] }), 'Patient.contact[0]', /pat-1/],
  ['an organisation of nothing', { resourceType: 'Organization', active: true }, 'Organization', /org-1/],
  [
    'an organisation at home',
    { resourceType: 'Organization', name: 'x', address: [{ use: 'home', text: 'x' }] },
    'Organization.address[0]',
    /org-2/,
  ],
  [
    'abatement while active',
    condition({
      abatementString: 'x',
      clinicalStatus: { coding: [{ system: `${TERMINOLOGY}condition-clinical`, code: 'active' }] },
    }),
    'Condition',
    /con-4/,
  ],
  [
    'an error with a status',
    condition({
      clinicalStatus: { coding: [{ system: `${TERMINOLOGY}condition-clinical`, code: 'active' }] },
      verificationStatus: { coding: [{ system: `${TERMINOLOGY}condition-ver-status`, code: 'entered-in-error' }] },
    }),
    'Condition',
    /con-5/,
  ],
  [
    'an allergy without status',
    { resourceType: 'AllergyIntolerance', patient: { reference: 'Patient/1' } },
    'AllergyIntolerance',
    /ait-1/,
  ],
  [
    'data without its type',
    { resourceType: 'Media', status: 'completed', content: { data: 'YQ==' } },
    'Media.content',
    /att-1/,
  ],
  [
    'a probability above 100',
    {
      resourceType: 'RiskAssessment',
      status: 'final',
      subject: { reference: 'Patient/1' },
      prediction: [{ probabilityDecimal: 101 }],
    },
    'RiskAssessment.prediction[0]',
    /ras-2/,
  ],
  [
    'a repeat without unit',
    {
      resourceType: 'MedicationRequest',
      status: 'active',
      intent: 'order',
      subject: { display: 'x' },
      medicationCodeableConcept: { text: 'm' },
      dosageInstruction: [{ timing: { repeat: { period: 1 } } }],
    },
    'MedicationRequest.dosageInstruction[0].timing.repeat',
    /tim-2/,
  ],
  [
    'an appointment with only a start',
    {
      resourceType: 'Appointment',
      status: 'booked',
      start: '2020-01-01T00:00:00Z',
      participant: [{ status: 'accepted', actor: { display: 'x' } }],
    },
    'Appointment',
    /app-2/,
  ],
  ['a group question without items', questionnaire({ linkId: '1', type: 'group' }), 'Questionnaire.item[0]', /que-1/],
  [
    'equal link ids',
    questionnaire({ linkId: '1', type: 'group', item: [{ linkId: '1', type: 'string' }] }),
    'Questionnaire',
    /que-2/,
  ],
  [
    'an answer with nested and own items',
    {
      resourceType: 'QuestionnaireResponse',
      status: 'completed',
      item: [{ linkId: '1', answer: [{ valueString: 'x' }], item: [{ linkId: '2' }] }],
    },
    'QuestionnaireResponse.item[0]',
    /qrs-1/,
  ],
  [
    'equal concepts',
    {
      resourceType: 'CodeSystem',
      status: 'draft',
      content: 'complete',
      concept: [{ code: 'a', concept: [{ code: 'a' }] }],
    },
    'CodeSystem',
    /csd-1/,
  ],
  [
    'a structure without base',
    structureDefinition({ baseDefinition: undefined, differential: { element: [{ id: 'Basic', path: 'Basic' }] } }),
    'StructureDefinition',
    /sdf-4/,
  ],
  [
    'an element outside of its structure',
    structureDefinition({
      differential: {
        element: [
          { id: 'Basic', path: 'Basic' },
          { id: 'x', path: 'Other.x' },
        ],
      },
    }),
    'StructureDefinition.differential',
    /sdf-8a/,
  ],
  [
    'elements of equal ids',
    structureDefinition({
      differential: {
        element: [
          { id: 'Basic', path: 'Basic' },
          { id: 'Basic', path: 'Basic.x' },
        ],
      },
    }),
    'StructureDefinition',
    /sdf-17/,
  ],
  [
    'a dispense handed over before it was prepared',
    {
      resourceType: 'MedicationDispense',
      status: 'completed',
      medicationCodeableConcept: { text: 'm' },
      whenPrepared: '2020-02-01',
      whenHandedOver: '2020-01-31',
    },
    'MedicationDispense',
    /mdd-1/,
  ],
  // Narrative
  [
    'a narrative with script',
    patient({ text: { status: 'generated', div: DIV.replace('x<', '<script>x</script><') } }),
    'Patient.text.div',
    /does not allow/,
  ],
  [
    'a narrative status that is none',
    patient({ text: { status: 'x', div: DIV } }),
    'Patient.text.status',
    /narrative-status/,
  ],
];

describe('validateResource', () => {
  it.each(FAULTS)('finds %s', (_name, resource, expression, diagnostics) => {
    const issues = validateResource(resource);
    expect(issues).toContainEqual(
      expect.objectContaining({ expression, diagnostics: expect.stringMatching(diagnostics) as string }),
    );
  });

  it.each<[string, object]>([
    ['an empty patient', patient({})],
    ['an element with nothing but an extension', patient({ _gender: { extension: [{ url: 'u', valueCode: 'x' }] } })],
    [
      'a required element with nothing but an extension',
      observation({ status: undefined, _status: { extension: [{ url: 'u', valueCode: 'x' }] } }),
    ],
    [
      'nulls that keep a place',
      patient({
        name: [{ given: ['a', null], _given: [null, { id: 'x', extension: [{ url: 'u', valueCode: 'x' }] }] }],
      }),
    ],
    ['a leap day', patient({ birthDate: '2000-02-29' })],
    ['a leap second', observation({ issued: '2016-12-31T23:59:60Z' })],
    [
      'periods in different zones',
      patient({ name: [{ text: 'x', period: { start: '2020-01-02T10:00:00+01:00', end: '2020-01-02T09:30:00Z' } }] }),
    ],
    [
      'periods of different precision',
      patient({ name: [{ text: 'x', period: { start: '2020-05-02', end: '2020' } }] }),
    ],
    [
      'a contained resource that refers back',
      observation({
        contained: [
          {
            resourceType: 'Provenance',
            id: 'p',
            target: [{ reference: '#' }],
            recorded: '2020-01-01T00:00:00Z',
            agent: [{ who: { display: 'x' } }],
          },
        ],
      }),
    ],
    ['a URL that only looks RESTful', observation({ derivedFrom: [{ reference: 'http://example.org/Robots/1' }] })],
    [
      'a reference within a bundle',
      observation({ subject: { reference: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520' } }),
    ],
    [
      'a probability that is not said',
      {
        resourceType: 'RiskAssessment',
        status: 'final',
        subject: { reference: 'Patient/1' },
        prediction: [{ outcome: { text: 'x' } }],
      },
    ],
    ['base64 with line breaks', { resourceType: 'Binary', contentType: 'text/plain', data: 'YWJj\nYQ==' }],
    [
      'an outcome in a bundle',
      bundle({
        type: 'batch-response',
        entry: [
          {
            response: {
              status: '200',
              outcome: { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'invalid' }] },
            },
          },
        ],
      }),
    ],
  ])('accepts %s', (_name, resource) => {
    expect(validateResource(JSON.parse(JSON.stringify(resource)))).toEqual([]);
  });

  it('never repeats a value', () => {
    const secret = 'Zaphod';
    const replaceStrings = (node: unknown, name: string): unknown =>
      typeof node === 'string' && name !== 'resourceType'
        ? secret
        : Array.isArray(node)
          ? node.map((item) => replaceStrings(item, name))
          : typeof node === 'object' && node !== null
            ? Object.fromEntries(Object.entries(node).map(([key, value]) => [key, replaceStrings(value, key)]))
            : node;
    for (const [, resource] of FAULTS) {
      expect(JSON.stringify(validateResource(replaceStrings(resource, 'resourceType')))).not.toContain(secret);
    }
    expect(JSON.stringify(validateResource({ resourceType: secret, [secret]: 1 }))).not.toContain(secret);
  });

  it('stops at fifty issues', () => {
    const name = Array.from({ length: 10_000 }, () => ({ family: 1 }));
    expect(validateResource(patient({ name }))).toHaveLength(50);
  });

  it('bounds nesting', () => {
    let item: object = { linkId: 'x', type: 'string' };
    for (let depth = 0; depth < 5_000; depth++) item = { linkId: String(depth), type: 'group', item: [item] };
    expect(validateResource(questionnaire(item)).map((issue) => issue.diagnostics)).toContainEqual(
      expect.stringContaining('nests deeper'),
    );
  });

  it('takes time in proportion to a hostile resource', () => {
    const many = <T>(make: (index: number) => T): T[] => Array.from({ length: 50_000 }, (_, index) => make(index));
    const codes = (resource: unknown): string[] => validateResource(resource).map((issue) => issue.code);
    expect(codes(questionnaire(...many((i) => ({ linkId: `${i}`, type: 'string' }))))).toEqual(['too-costly']);
    const concept = many((i) => ({ code: `${i}` }));
    expect(codes({ resourceType: 'CodeSystem', status: 'draft', content: 'complete', concept })).toEqual([]);
    expect(codes(bundle({ entry: many((i) => ({ fullUrl: `u:${i}`, resource: patient({}) })) }))).toEqual([]);
    const coding = many((i) => ({ system: 's', code: `${i}` }));
    const component = many((i) => ({ code: { coding: [{ system: 't', code: `${i}` }] }, valueInteger: 1 }));
    expect(codes(observation({ code: { coding }, valueInteger: 1, component }))).toEqual([]);
    const element = [{ id: 'Basic', path: 'Basic' }, ...many((i) => ({ id: `${i}`, path: `Basic.x${i}` }))];
    expect(codes(structureDefinition({ differential: { element } }))).toEqual(['too-costly']);
    const long = 'a '.repeat(500_000);
    expect(validateResource(patient({ language: long })).length).toBe(1);
    expect(
      validateResource(patient({ text: { status: 'generated', div: `<div ${'a="b" '.repeat(100_000)}` } })).length,
    ).toBe(1);
    expect(
      validateResource(patient({ text: { status: 'generated', div: DIV.replace('x', '<'.repeat(100_000)) } })).length,
    ).toBe(1);
    expect(
      validateResource(patient({ text: { status: 'generated', div: DIV.replace('x', '<!--'.repeat(100_000)) } }))
        .length,
    ).toBe(1);
    expect(validateResource({ resourceType: 'Binary', contentType: 'a/b', data: ' '.repeat(1_000_000) }).length).toBe(
      1,
    );
  });
});

describe('toOperationOutcome', () => {
  it('is itself valid', () => {
    const issues: readonly Issue[] = validateResource(patient({ gender: 'robot' }));
    expect(toOperationOutcome(issues)).toEqual({
      resourceType: 'OperationOutcome',
      issue: [
        {
          severity: 'error',
          code: 'code-invalid',
          diagnostics:
            'the code is not in value set http://hl7.org/fhir/ValueSet/administrative-gender: male, female, other, unknown',
          expression: ['Patient.gender'],
        },
      ],
    });
    expect(validateResource(toOperationOutcome(issues))).toEqual([]);
    expect(validateResource(toOperationOutcome([]))).toEqual([]);
  });
});
