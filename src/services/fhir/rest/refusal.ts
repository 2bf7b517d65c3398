import { CairnError } from '../../../primitives/errors.js';
import { asRejection, toOutcome } from '../store/rejection.js';
import { outcomeAnswer, type Answer } from './answer.js';

/**
 * The answer to a request that failed. Expected failures say what to do; of a defect a client learns only that there is one.
 */
export function refusalAnswer(error: unknown): Answer {
  const refused = asRejection(error);
  if (refused !== undefined) return outcomeAnswer(refused.status, toOutcome(refused));
  const code = error instanceof CairnError ? error.code : (error as { code?: unknown }).code;
  for (const [known, status, issue, diagnostics] of KNOWN) {
    if (known !== code) continue;
    const message = error instanceof CairnError ? error.message : diagnostics;
    const headers = status === 401 ? { 'www-authenticate': 'Bearer realm="cairn"' } : {};
    return outcomeAnswer(status, outcome(issue, message), headers);
  }
  return outcomeAnswer(500, outcome('exception', 'The node failed to answer. Its log says why.'));
}

/** Whether the failure is one of ours, to be logged. */
export function isDefect({ status }: Answer): boolean {
  return status === 500;
}

const KNOWN: readonly (readonly [code: string, status: number, issue: IssueCode, diagnostics: string])[] = [
  ['auth.missing', 401, 'login', ''],
  ['auth.invalid', 401, 'login', ''],
  ['auth.insufficient-scope', 403, 'forbidden', ''],
  ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 415, 'not-supported', 'Send application/fhir+json.'],
  ['FST_ERR_CTP_BODY_TOO_LARGE', 413, 'too-long', 'The body is too large.'],
  ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 400, 'structure', 'The body is not as long as Content-Length says.'],
];

type IssueCode = 'login' | 'forbidden' | 'not-supported' | 'too-long' | 'structure' | 'exception';

function outcome(code: IssueCode, diagnostics: string) {
  return { resourceType: 'OperationOutcome' as const, issue: [{ severity: 'error' as const, code, diagnostics }] };
}
