import type { OperationOutcome } from '@medplum/fhirtypes';

/** Codes of `OperationOutcome.issue.code` (R4 value set issue-type) that validation gives. */
export type IssueCode = 'structure' | 'required' | 'value' | 'invariant' | 'code-invalid' | 'too-long' | 'too-costly';

/** One fault of a resource. `diagnostics` says which rule is broken and what is allowed, never what was sent. */
export interface Issue {
  readonly severity: 'error';
  readonly code: IssueCode;
  /** FHIRPath of the element: `Patient.contact[0].gender`. */
  readonly expression: string;
  readonly diagnostics: string;
}

/** The answer to a validation: the issues, or one that says all is well. */
export function toOperationOutcome(issues: readonly Issue[]): OperationOutcome {
  if (issues.length === 0) {
    return {
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'information', code: 'informational', diagnostics: 'the resource is valid' }],
    };
  }
  return {
    resourceType: 'OperationOutcome',
    issue: issues.map(({ severity, code, expression, diagnostics }) => ({
      severity,
      code,
      diagnostics,
      expression: [expression],
    })),
  };
}
