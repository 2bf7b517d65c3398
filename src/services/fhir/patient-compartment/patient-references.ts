import { isResourceType } from '../validation/compile.js';
import { loadDefinitions } from '../validation/definitions/load.js';

/**
 * References that tie a resource to a patient, beside those of R4's CompartmentDefinition/patient: types that the
 * definition leaves out although their records are about one person.
 */
const MORE_PATHS: ReadonlyMap<string, readonly string[]> = new Map([
  ['Binary', ['securityContext']],
  ['BiologicallyDerivedProduct', ['collection.source']],
  ['Contract', ['subject']],
  ['Device', ['patient']],
  ['GuidanceResponse', ['subject']],
  ['VerificationResult', ['target']],
]);

/** Types without a patient of their own that yet are about patients: what they wrap or refer to is. */
const NEVER_ADMINISTRATIVE: ReadonlySet<string> = new Set([
  'Bundle',
  'EnrollmentResponse',
  'Linkage',
  'MessageHeader',
  'OperationOutcome',
  'Parameters',
  'PaymentNotice',
  'PaymentReconciliation',
  'SubscriptionStatus',
]);

/**
 * The references by which a resource belongs to the compartment of a patient (R4 CompartmentDefinition/patient), each
 * once, in the order of the definition's parameters: `Patient/1`, absolute URLs of patients, `Patient?…`; and `urn:`
 * references, which may be a patient's: only the bundle around can tell. References within the resource (`#…`) and those
 * that say another type are left out. A Patient gives itself, by id; not those it is linked to.
 *
 * @param resource validated FHIR R4
 */
export function patientReferences(resource: object): string[] {
  const { resourceType, id } = resource as { resourceType: string; id?: string };
  if (resourceType === 'Patient') return id === undefined ? [] : [`Patient/${id}`];
  const found: string[] = [];
  for (const path of pathsOf(resourceType)) collect(resource, path, 0, found);
  return found;
}

/** Whether resources of a type are about organisations, people who work there, places, products or definitions: no patient's. */
export function isAdministrativeType(resourceType: string): boolean {
  return (
    isResourceType(resourceType) &&
    resourceType !== 'Patient' &&
    pathsOf(resourceType).length === 0 &&
    !NEVER_ADMINISTRATIVE.has(resourceType)
  );
}

/** Whether resources of a type have a place at all: with a patient, or in an organisation's directory. */
export function isKeptType(resourceType: string): boolean {
  return resourceType === 'Patient' || pathsOf(resourceType).length > 0 || isAdministrativeType(resourceType);
}

const pathsByType = new Map<string, readonly (readonly string[])[]>();

function pathsOf(resourceType: string): readonly (readonly string[])[] {
  let paths = pathsByType.get(resourceType);
  if (paths === undefined) {
    const { patientPaths } = loadDefinitions();
    const own = Object.hasOwn(patientPaths, resourceType) ? patientPaths[resourceType] : MORE_PATHS.get(resourceType);
    paths = (own ?? []).map((path) => path.split('.'));
    // Remembered for real types only: the name may come from outside.
    if (isResourceType(resourceType)) pathsByType.set(resourceType, paths);
  }
  return paths;
}

function collect(node: unknown, path: readonly string[], depth: number, found: string[]): void {
  if (typeof node !== 'object' || node === null) return;
  if (Array.isArray(node)) {
    for (const item of node) collect(item, path, depth, found);
    return;
  }
  const step = path[depth];
  if (step !== undefined) return collect((node as Record<string, unknown>)[step], path, depth + 1, found);
  const { reference, type } = node as { reference?: unknown; type?: unknown };
  if (typeof reference !== 'string' || found.includes(reference)) return;
  if (namesPatient(reference) || (reference.startsWith('urn:') && (type === undefined || type === 'Patient'))) {
    found.push(reference);
  }
}

const PATIENT_URL = /^https?:\/\/.*\/Patient\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/;

function namesPatient(reference: string): boolean {
  return (
    reference.startsWith('Patient/') ||
    reference.startsWith('Patient?') ||
    (reference.startsWith('http') && PATIENT_URL.test(reference))
  );
}
