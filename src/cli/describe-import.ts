import type { FileReport } from '../wire/imports.js';

export interface ImportSummary {
  readonly accepted: number;
  readonly unchanged: number;
  readonly refused: number;
  /** Files that the import did not come to, because it was interrupted. */
  readonly notReached: number;
  readonly files: readonly FileReport[];
}

/** Refusals of a file that are shown; `--json` has them all. */
const REFUSALS_SHOWN = 20;

/** What became of each file, and why something was refused: element and rule, never what the resource says. */
export function describeImport({ files, accepted, unchanged, refused, notReached }: ImportSummary): string {
  const lines = files.flatMap(describeFile);
  const left = notReached === 0 ? '' : `; ${notReached} of ${files.length + notReached} files not finished`;
  return [...lines, `${files.length} files: ${counts(accepted, unchanged, refused)}${left}`].join('\n');
}

function describeFile({ name, accepted, unchanged, refused, unreadable }: FileReport): string[] {
  if (unreadable !== null) return [`${name}: refused`, ...unreadable.map((issue) => `  ${describeIssue(issue)}`)];
  const shown = refused.slice(0, REFUSALS_SHOWN).flatMap(({ index, type, issues }) => {
    return issues.map((issue) => `  ${index + 1}. ${type}: ${describeIssue(issue)}`);
  });
  if (refused.length > REFUSALS_SHOWN) shown.push(`  and ${refused.length - REFUSALS_SHOWN} more: see --json`);
  return [`${name}: ${counts(accepted, unchanged, refused.length)}`, ...shown];
}

type Issue = FileReport['refused'][number]['issues'][number];

function describeIssue({ diagnostics, expression }: Issue): string {
  return expression === null ? diagnostics : `${expression}: ${diagnostics}`;
}

function counts(accepted: number, unchanged: number, refused: number): string {
  return `${accepted} accepted, ${unchanged} unchanged, ${refused} refused`;
}
