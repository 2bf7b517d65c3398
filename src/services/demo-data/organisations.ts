/** The demonstration consortium: two hospitals, a clinic, an insurer and a research institute, with their people. */
import type {
  Address,
  Bundle,
  BundleEntry,
  Location,
  Organization,
  Practitioner,
  PractitionerRole,
} from '@medplum/fhirtypes';
import { hl7, SPECIALTY, type Code, type Specialty } from './codes.js';
import { addressIn, phone } from './names.js';
import { concept, putEntry, syntheticMeta } from './synthetic.js';

export type OrganisationId =
  'alder-valley-hospital' | 'st-brannoc-hospital' | 'larkfield-clinic' | 'harbour-mutual' | 'greywater-institute';

export interface ConsortiumPractitioner {
  /** Logical id of the Practitioner resource. */
  readonly id: string;
  readonly given: string;
  readonly family: string;
  readonly gender: 'female' | 'male';
  /** Absent for who does not treat patients. */
  readonly specialty?: Specialty;
}

export interface ConsortiumOrganisation {
  /** Logical id of the Organization resource, and of its Location where patients are seen. */
  readonly id: OrganisationId;
  readonly kind: 'hospital' | 'clinic' | 'insurer' | 'research';
  readonly name: string;
  readonly practitioners: readonly ConsortiumPractitioner[];
}

interface Seat {
  readonly address: Address & { city: string };
  readonly phoneLine: number;
}

const CONSORTIUM: readonly (ConsortiumOrganisation & Seat)[] = [
  {
    id: 'alder-valley-hospital',
    kind: 'hospital',
    name: 'Alder Valley General Hospital',
    address: addressIn('Alder Valley', '1 Beacon Avenue'),
    phoneLine: 1,
    practitioners: [
      doctor('avh-imani-corvane', 'Imani', 'Corvane', 'female', 'family'),
      doctor('avh-lars-nettlefold', 'Lars', 'Nettlefold', 'male', 'internal'),
      doctor('avh-priya-ramachand', 'Priya', 'Ramachand', 'female', 'pediatrics'),
      doctor('avh-rosa-ibarrola', 'Rosa', 'Ibarrola', 'female', 'obstetrics'),
      doctor('avh-kofi-mabena', 'Kofi', 'Mabena', 'male', 'surgery'),
      doctor('avh-vera-zelenkov', 'Vera', 'Zelenkov', 'female', 'psychiatry'),
      doctor('avh-omar-ghanemi', 'Omar', 'Ghanemi', 'male', 'emergency'),
    ],
  },
  {
    id: 'st-brannoc-hospital',
    kind: 'hospital',
    name: 'St Brannoc University Hospital',
    address: addressIn('Brannoc Falls', '40 Chapel Road'),
    phoneLine: 2,
    practitioners: [
      doctor('sbh-joan-whitcombe', 'Joan', 'Whitcombe', 'female', 'family'),
      doctor('sbh-kenji-fujimiya', 'Kenji', 'Fujimiya', 'male', 'internal'),
      doctor('sbh-mateo-olivareda', 'Mateo', 'Olivareda', 'male', 'pediatrics'),
      doctor('sbh-freya-nordahlen', 'Freya', 'Nordahlen', 'female', 'obstetrics'),
      doctor('sbh-goran-jankovar', 'Goran', 'Jankovar', 'male', 'surgery'),
      doctor('sbh-noor-karimzai', 'Noor', 'Karimzai', 'female', 'psychiatry'),
      doctor('sbh-chidi-eketunde', 'Chidi', 'Eketunde', 'male', 'emergency'),
    ],
  },
  {
    id: 'larkfield-clinic',
    kind: 'clinic',
    name: 'Larkfield Family Clinic',
    address: addressIn('Larkfield', '12 Garden Lane'),
    phoneLine: 3,
    practitioners: [
      doctor('lfc-mairead-drummagh', 'Mairead', 'Drummagh', 'female', 'family'),
      doctor('lfc-bao-liangwei', 'Bao', 'Liangwei', 'male', 'internal'),
      doctor('lfc-thandi-isakwe', 'Thandi', 'Isakwe', 'female', 'pediatrics'),
    ],
  },
  {
    id: 'harbour-mutual',
    kind: 'insurer',
    name: 'Harbour Mutual Health Plan',
    address: addressIn('Port Sennet', '300 Harbour Street'),
    phoneLine: 4,
    practitioners: [],
  },
  {
    id: 'greywater-institute',
    kind: 'research',
    name: 'Greywater Institute for Health Research',
    address: addressIn('Three Cairns', '7 Foundry Way'),
    phoneLine: 5,
    practitioners: [{ id: 'gwi-anouk-castellane', given: 'Anouk', family: 'Castellane', gender: 'female' }],
  },
];

export const INSURER_ID: OrganisationId = 'harbour-mutual';

export type CareProvider = ConsortiumOrganisation & Seat;

export function organisationById(id: OrganisationId): CareProvider {
  return CONSORTIUM.find((organisation) => organisation.id === id) as CareProvider;
}

/** The doctor of that specialty there, or the first one, who is a family doctor. */
export function doctorOf(organisation: ConsortiumOrganisation, specialty: Specialty): ConsortiumPractitioner {
  const found = organisation.practitioners.find((candidate) => candidate.specialty === specialty);
  return found ?? (organisation.practitioners[0] as ConsortiumPractitioner);
}

/**
 * The consortium as FHIR R4 resources with fixed logical ids (PUT entries), to be loaded before any patient, and as plain
 * values for whoever sets up the organisations' accounts.
 */
export function generateOrganisations(): { bundle: Bundle; organisations: readonly ConsortiumOrganisation[] } {
  return {
    bundle: { resourceType: 'Bundle', type: 'transaction', entry: CONSORTIUM.flatMap(entriesOf) },
    organisations: CONSORTIUM,
  };
}

const ORGANISATION_TYPE: Record<ConsortiumOrganisation['kind'], Code> = {
  hospital: hl7('organization-type', 'prov', 'Healthcare Provider'),
  clinic: hl7('organization-type', 'prov', 'Healthcare Provider'),
  insurer: hl7('organization-type', 'ins', 'Insurance Company'),
  research: hl7('organization-type', 'crs', 'Clinical Research Sponsor'),
};

function entriesOf(organisation: CareProvider): BundleEntry[] {
  const { id, kind, name, address, phoneLine, practitioners } = organisation;
  const resource: Organization & { id: string } = {
    resourceType: 'Organization',
    id,
    meta: syntheticMeta(),
    identifier: [{ system: 'https://cairn.example/identifiers/organisation', value: id }],
    active: true,
    type: [concept(ORGANISATION_TYPE[kind])],
    name,
    telecom: [phone(phoneLine, 'work')],
    address: [address],
  };
  const people = practitioners.flatMap((practitioner) => practitionerEntries(organisation, practitioner));
  if (kind !== 'hospital' && kind !== 'clinic') return [putEntry(resource), ...people];
  const location: Location & { id: string } = {
    resourceType: 'Location',
    id,
    meta: syntheticMeta(),
    status: 'active',
    name,
    mode: 'instance',
    telecom: [phone(phoneLine, 'work')],
    address,
    managingOrganization: { reference: `Organization/${id}`, display: name },
  };
  return [putEntry(resource), putEntry(location), ...people];
}

function practitionerEntries(organisation: CareProvider, practitioner: ConsortiumPractitioner): BundleEntry[] {
  const { id, given, family, gender, specialty } = practitioner;
  const person: Practitioner & { id: string } = {
    resourceType: 'Practitioner',
    id,
    meta: syntheticMeta(),
    identifier: [{ system: 'https://cairn.example/identifiers/practitioner', value: id }],
    active: true,
    name: [{ use: 'official', family, given: [given], prefix: ['Dr.'] }],
    telecom: [{ system: 'email', value: `${given}.${family}@${organisation.id}.example`.toLowerCase(), use: 'work' }],
    gender,
  };
  const role: PractitionerRole & { id: string } = {
    resourceType: 'PractitionerRole',
    id: `${id}-role`,
    meta: syntheticMeta(),
    active: true,
    practitioner: { reference: `Practitioner/${id}`, display: `Dr. ${given} ${family}` },
    organization: { reference: `Organization/${organisation.id}`, display: organisation.name },
    code: [
      concept(
        specialty === undefined
          ? hl7('practitioner-role', 'researcher', 'Researcher')
          : hl7('practitioner-role', 'doctor', 'Doctor'),
      ),
    ],
    ...(specialty === undefined
      ? {}
      : { specialty: [concept(SPECIALTY[specialty])], location: [{ reference: `Location/${organisation.id}` }] }),
  };
  return [putEntry(person), putEntry(role)];
}

function doctor(
  id: string,
  given: string,
  family: string,
  gender: 'female' | 'male',
  specialty: Specialty,
): ConsortiumPractitioner {
  return { id, given, family, gender, specialty };
}
