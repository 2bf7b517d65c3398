import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWithData } from '../../../../test/support/shared-data.js';
import { sliceBundleEntries } from '../json/bundle.js';
import { loadDefinitions } from '../validation/definitions/load.js';
import { isAdministrativeType, patientReferences } from './patient-references.js';

describe('patientReferences', () => {
  it.each<[string, object, string[]]>([
    ['subject', { resourceType: 'Observation', subject: { reference: 'Patient/1' } }, ['Patient/1']],
    ['patient', { resourceType: 'Immunization', patient: { reference: 'Patient/1' } }, ['Patient/1']],
    [
      'a patient itself',
      { resourceType: 'Patient', id: 'p', link: [{ other: { reference: 'Patient/q' } }] },
      ['Patient/p'],
    ],
    ['a patient without id', { resourceType: 'Patient' }, []],
    [
      'a list of participants',
      {
        resourceType: 'Appointment',
        participant: [
          { actor: { reference: 'Practitioner/1' } },
          { actor: { reference: 'Patient/1' } },
          { actor: { display: 'x' } },
          { actor: { reference: 'Patient/2' } },
        ],
      },
      ['Patient/1', 'Patient/2'],
    ],
    [
      'each once',
      { resourceType: 'Observation', subject: { reference: 'Patient/1' }, performer: [{ reference: 'Patient/1' }] },
      ['Patient/1'],
    ],
    [
      'a URL',
      { resourceType: 'Flag', subject: { reference: 'https://a/fhir/Patient/1' } },
      ['https://a/fhir/Patient/1'],
    ],
    ['a version', { resourceType: 'Flag', subject: { reference: 'Patient/1/_history/2' } }, ['Patient/1/_history/2']],
    ['a search', { resourceType: 'Flag', subject: { reference: 'Patient?identifier=1' } }, ['Patient?identifier=1']],
    ['a URN', { resourceType: 'Flag', subject: { reference: 'urn:uuid:1' } }, ['urn:uuid:1']],
    ['a URN of another type', { resourceType: 'Flag', subject: { reference: 'urn:uuid:1', type: 'Group' } }, []],
    ['a group', { resourceType: 'Observation', subject: { reference: 'Group/1' } }, []],
    ['a URL of something else', { resourceType: 'Flag', subject: { reference: 'https://a/Patient/1/x/y/z' } }, []],
    ['a contained patient', { resourceType: 'Observation', subject: { reference: '#p' } }, []],
    ['an identifier only', { resourceType: 'Observation', subject: { identifier: { value: '1' } } }, []],
    ['a device of a patient', { resourceType: 'Device', patient: { reference: 'Patient/1' } }, ['Patient/1']],
    ['a practitioner', { resourceType: 'Practitioner', id: '1' }, []],
    [
      'a path through a single and an array',
      {
        resourceType: 'AuditEvent',
        agent: [{ who: { reference: 'Patient/1' } }],
        entity: [{ what: { reference: 'Patient/2' } }],
      },
      ['Patient/1', 'Patient/2'],
    ],
    ['an unknown type', { resourceType: 'constructor' }, []],
  ])('%s', (_name, resource, references) => {
    expect(patientReferences(resource)).toEqual(references);
  });
});

describe('isAdministrativeType', () => {
  it('holds for just these', () => {
    const { types } = loadDefinitions();
    expect(Object.keys(types).filter(isAdministrativeType)).toMatchInlineSnapshot(`
      [
        "ActivityDefinition",
        "CapabilityStatement",
        "CatalogEntry",
        "ChargeItemDefinition",
        "CodeSystem",
        "CompartmentDefinition",
        "ConceptMap",
        "DeviceDefinition",
        "DeviceMetric",
        "EffectEvidenceSynthesis",
        "Endpoint",
        "EventDefinition",
        "Evidence",
        "EvidenceVariable",
        "ExampleScenario",
        "GraphDefinition",
        "HealthcareService",
        "ImplementationGuide",
        "InsurancePlan",
        "Library",
        "Location",
        "Measure",
        "Medication",
        "MedicationKnowledge",
        "MedicinalProduct",
        "MedicinalProductAuthorization",
        "MedicinalProductContraindication",
        "MedicinalProductIndication",
        "MedicinalProductIngredient",
        "MedicinalProductInteraction",
        "MedicinalProductManufactured",
        "MedicinalProductPackaged",
        "MedicinalProductPharmaceutical",
        "MedicinalProductUndesirableEffect",
        "MessageDefinition",
        "NamingSystem",
        "ObservationDefinition",
        "OperationDefinition",
        "Organization",
        "OrganizationAffiliation",
        "PlanDefinition",
        "Practitioner",
        "PractitionerRole",
        "Questionnaire",
        "ResearchDefinition",
        "ResearchElementDefinition",
        "ResearchStudy",
        "RiskEvidenceSynthesis",
        "SearchParameter",
        "Slot",
        "SpecimenDefinition",
        "StructureDefinition",
        "StructureMap",
        "Subscription",
        "Substance",
        "SubstanceNucleicAcid",
        "SubstancePolymer",
        "SubstanceProtein",
        "SubstanceReferenceInformation",
        "SubstanceSourceMaterial",
        "SubstanceSpecification",
        "TerminologyCapabilities",
        "TestReport",
        "TestScript",
        "ValueSet",
      ]
    `);
  });
});

describeWithData('synthea', 'patients of Synthea', (folder) => {
  it('are one for each record of a patient bundle', () => {
    for (const set of readdirSync(folder)) {
      for (const file of readdirSync(join(folder, set))) {
        const { entries } = sliceBundleEntries(readFileSync(join(folder, set, file), 'utf8'));
        const patient = entries.find((entry) => entry.resource?.value['resourceType'] === 'Patient');
        const wanted = patient?.fullUrl;
        for (const { resource } of entries) {
          const value = resource?.value ?? {};
          const type = value['resourceType'] as string;
          if (isAdministrativeType(type)) expect([type, patientReferences(value)]).toEqual([type, []]);
          else if (type !== 'Patient') {
            const references = patientReferences(value);
            expect([type, references.filter((each) => each === wanted)]).toEqual([type, [wanted]]);
          }
        }
      }
    }
  });
});
