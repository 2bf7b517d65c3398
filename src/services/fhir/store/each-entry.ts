import { asRejection, atEntry, FhirRejection, type RejectionIssue } from './rejection.js';

/** Does something for each entry of a request and reports the faults of all of them together, each with its entry. */
export function eachEntry<Entry, Result>(
  entries: readonly Entry[],
  work: (entry: Entry, index: number) => Result,
): Result[] {
  const issues: RejectionIssue[] = [];
  let status = 0;
  const results = entries.flatMap((entry, index) => {
    try {
      return [work(entry, index)];
    } catch (error) {
      const refused = asRejection(error);
      if (refused === undefined) throw error;
      status ||= refused.status;
      issues.push(...atEntry(refused, index));
      return [];
    }
  });
  if (issues.length > 0) throw new FhirRejection(status, issues);
  return results;
}
