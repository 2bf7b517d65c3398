import { bytesToUtf8 } from '../../../primitives/bytes.js';
import { importFile, importFiles } from '../../../wire/imports.js';
import type { FileReport, ImportFile, ImportStep } from '../../../wire/imports.js';
import type { Problem } from '../../../wire/problem.js';
import type { Principal } from '../../auth/api-key-auth.js';
import { Importer } from '../../import/importer.js';
import type { FileReport as ImportedFile } from '../../import/import-report.js';
import type { Api } from '../serve.js';
import { WorkStream } from '../work-stream.js';

export function importRoutes(api: Api): void {
  api.serve(importFiles, ({ principal, body, problemOf }) => runImport(principal, body, problemOf));
  api.serve(importFile, ({ principal, body, query: { name = 'file' }, problemOf }) =>
    runImport(principal, [{ name, text: bytesToUtf8(body) }], problemOf),
  );
}

function runImport(
  principal: Principal,
  files: Iterable<ImportFile> | AsyncIterable<ImportFile>,
  problemOf: (error: unknown) => Problem,
): AsyncIterable<ImportStep> {
  const importer = new Importer(principal.hosted);
  const work = new WorkStream<ImportStep>(async ({ add, progress }) => {
    const {
      files: reports,
      accepted,
      unchanged,
      refused,
    } = await importer.import(files, {
      onProgress: (done) => progress({ type: 'progress', ...done }),
      onFile: (report) => add({ type: 'file', report: reportView(report) }),
    });
    return { type: 'done', files: reports.length, accepted, unchanged, refused };
  }, problemOf);
  return work.elements();
}

function reportView({ name, accepted, unchanged, refused, unreadable }: ImportedFile): FileReport {
  return {
    name,
    accepted,
    unchanged,
    refused: refused.map(({ index, type, issues }) => ({ index, type, issues: issues.map(issueView) })),
    unreadable: unreadable?.map(issueView) ?? null,
  };
}

type Issue = NonNullable<FileReport['unreadable']>[number];

function issueView({
  code,
  diagnostics,
  expression,
}: {
  code?: string;
  diagnostics: string;
  expression?: string;
}): Issue {
  return { code: code ?? 'processing', diagnostics, expression: expression ?? null };
}
