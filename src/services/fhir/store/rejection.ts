import type { OperationOutcome, OperationOutcomeIssue } from '@medplum/fhirtypes';
import { CairnError } from '../../../primitives/errors.js';

/** One fault of a request. Says what to do; never what was sent. */
export interface RejectionIssue {
  readonly code: OperationOutcomeIssue['code'];
  readonly diagnostics: string;
  /** FHIRPath of the element, from the resource or, within a bundle, from the bundle. */
  readonly expression?: string;
  /** Position in the request's list of entries. */
  readonly entry?: number;
}

/** A FHIR request that is refused: an HTTP status and an OperationOutcome. Nothing of it took effect. */
export class FhirRejection extends CairnError {
  constructor(
    readonly status: number,
    readonly issues: readonly RejectionIssue[],
    options?: { cause?: unknown },
  ) {
    super('fhir.rejected', issues[0]?.diagnostics ?? 'The request was refused.', options);
  }
}

export function rejection(
  status: number,
  code: RejectionIssue['code'],
  diagnostics: string,
  expression?: string,
): FhirRejection {
  return new FhirRejection(status, [{ code, diagnostics, ...(expression !== undefined && { expression }) }]);
}

/** The issues of one entry of a list of requests. */
export function atEntry(error: FhirRejection, entry: number): RejectionIssue[] {
  return error.issues.map((issue) => ({ ...issue, entry }));
}

/** Status and issue code of the expected failures of what lies below. */
const BY_CODE: readonly (readonly [prefix: string, status: number, code: RejectionIssue['code']])[] = [
  ['fhir.json-too-large', 413, 'too-long'],
  ['fhir.json-', 400, 'structure'],
  ['fhir.not-a-', 400, 'structure'],
  ['fhir.type-unknown', 404, 'not-supported'],
  ['fhir.search-not-supported', 400, 'not-supported'],
  ['fhir.search-parameter-unknown', 400, 'not-supported'],
  ['fhir.search-too-', 400, 'too-costly'],
  ['fhir.search-', 400, 'invalid'],
  ['record.too-large', 413, 'too-long'],
  ['records.too-many', 413, 'too-costly'],
  ['transaction.too-large', 413, 'too-costly'],
  ['records.no-live-grant', 403, 'forbidden'],
  ['records.stale-epoch', 409, 'conflict'],
  ['compartment.', 403, 'forbidden'],
  ['access.', 403, 'forbidden'],
  ['pool.full', 503, 'throttled'],
  ['vault.busy', 503, 'throttled'],
  ['vault.full', 507, 'no-store'],
  ['index.disk-full', 507, 'no-store'],
  ['ledger.closed', 503, 'transient'],
];

/** Any error as a rejection; undefined for a defect or a broken node, of which a client learns nothing. */
export function asRejection(error: unknown): FhirRejection | undefined {
  if (error instanceof FhirRejection) return error;
  if (!(error instanceof CairnError)) return undefined;
  const known = BY_CODE.find(([prefix]) => error.code.startsWith(prefix));
  if (known === undefined) return undefined;
  const [, status, code] = known;
  return new FhirRejection(status, [{ code, diagnostics: error.message }], { cause: error });
}

/** The rejection as the resource that FHIR answers with. */
export function toOutcome({ issues }: FhirRejection): OperationOutcome {
  return {
    resourceType: 'OperationOutcome',
    issue: issues.map(({ code, diagnostics, expression, entry }) => {
      const path = entry === undefined ? expression : pathInBundle(entry, expression);
      return { severity: 'error', code, diagnostics, ...(path !== undefined && { expression: [path] }) };
    }),
  };
}

/** `Patient.name[0]` of the third entry is `Bundle.entry[2].resource.name[0]`. */
function pathInBundle(entry: number, expression: string | undefined): string {
  const base = `Bundle.entry[${entry}]`;
  if (expression === undefined) return base;
  if (expression.startsWith('request')) return `${base}.${expression}`;
  const dot = expression.indexOf('.');
  return dot < 0 ? `${base}.resource` : `${base}.resource${expression.slice(dot)}`;
}
