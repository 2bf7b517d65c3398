import type { CapabilityStatement, CapabilityStatementRestResource } from '@medplum/fhirtypes';
import { searchParameters, type Parameter } from '../../projections/index/parameters.js';
import { isKeptType } from '../patient-compartment/patient-references.js';

/** `GET metadata`: what this server does, from the tables that it does it with. */
export function capabilityStatement(base: string, date: string): CapabilityStatement {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date,
    kind: 'instance',
    software: { name: 'Cairn' },
    implementation: { description: 'A node of a Cairn health ledger', url: base },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    rest: [
      {
        mode: 'server',
        documentation:
          'Every read leaves an entry in the access log of the patient. State the purpose of use in the header X-Purpose-Of-Use (HL7 v3; TREAT if absent).',
        security: { description: 'An API key of the organisation: Authorization: Bearer cairn_…' },
        resource: searchParameters()
          .types.filter((type) => isKeptType(type))
          .map(resourceCapability),
        interaction: [{ code: 'transaction' }, { code: 'batch' }, { code: 'history-system' }],
      },
    ],
  };
}

const INTERACTIONS = [
  'read',
  'vread',
  'update',
  'delete',
  'history-instance',
  'history-type',
  'create',
  'search-type',
] as const;

function resourceCapability(type: string): CapabilityStatementRestResource {
  const parameters = [...(searchParameters().forType(type)?.parameters.values() ?? [])].filter(
    ({ kind }) => kind !== 'unsupported',
  );
  const includes = parameters.filter(({ kind }) => kind === 'reference').map(({ code }) => `${type}:${code}`);
  return {
    type: type as CapabilityStatementRestResource['type'],
    interaction: INTERACTIONS.map((code) => ({ code })),
    versioning: 'versioned',
    readHistory: true,
    updateCreate: true,
    conditionalCreate: true,
    conditionalRead: 'full-support',
    conditionalUpdate: true,
    conditionalDelete: 'single',
    referencePolicy: ['literal', 'logical', 'local'],
    ...(includes.length > 0 && { searchInclude: includes }),
    searchParam: [
      { name: '_id', type: 'token' },
      { name: '_lastUpdated', type: 'date' },
      ...parameters.map((parameter) => ({ name: parameter.code, type: typeOf(parameter) })),
    ],
    operation: [{ name: 'validate', definition: 'http://hl7.org/fhir/OperationDefinition/Resource-validate' }],
  };
}

function typeOf({ kind }: Parameter): 'token' | 'string' | 'date' | 'reference' | 'quantity' | 'uri' | 'composite' {
  return kind === 'unsupported' ? 'string' : kind;
}
