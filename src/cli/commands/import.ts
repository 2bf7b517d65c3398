import type { Command } from 'commander';
import { CairnError } from '../../primitives/errors.js';
import { administrativeFirst, type ImportSource } from '../../services/import/import-order.js';
import type { CairnClient } from '../../sdk/client.js';
import type { FileReport, ImportFile, ImportStep } from '../../wire/imports.js';
import { action, type ActionContext } from '../action.js';
import { describeImport, type ImportSummary } from '../describe-import.js';
import { importSources } from '../import-files.js';
import { withSession } from '../session.js';

export function addImportCommand(program: Command): void {
  program
    .command('import')
    .description('import FHIR: bundles, single resources, or a resource a line')
    .argument('<paths...>', 'files, folders (all .json, .ndjson and .jsonl below), or - for standard input')
    .addHelpText(
      'after',
      `
Importing again changes nothing: what is stored already is passed over. So an import that was interrupted is
taken up where it stopped by repeating it. What is refused stops nothing else; each refusal is listed.

Exit code 0: nothing was refused. 3: something was; the rest is imported. 130: interrupted.

Examples:
  cairn import bundles/
  cairn -o st-anna import patient.json labs.ndjson
  curl -s https://example.org/patient.json | cairn import -`,
    )
    .action(
      action<[string[]], object>(async (context, _own, paths) =>
        importAll(context, await importSources(paths, process.stdin)),
      ),
    );
}

async function importAll({ options, output }: ActionContext, sources: readonly ImportSource[]): Promise<void> {
  const interrupt = new AbortController();
  const onSignal = (): void => interrupt.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const run = new ImportRun(sources);
  const progress = output.progress('resources');
  try {
    await withSession(options, async ({ client }) => {
      await run.import(client, interrupt.signal, (done, total) => progress.update(done, total));
    });
  } catch (error) {
    // An interrupted request fails in one way or another.
    if (!interrupt.signal.aborted) throw error;
  } finally {
    progress.stop();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
  const summary = run.summary();
  output.result(summary, () => describeImport(summary));
  if (interrupt.signal.aborted) {
    throw new CairnError('import.interrupted', 'Interrupted. Repeat the command to import the rest.');
  }
  if (summary.refused > 0 || summary.files.some(({ unreadable }) => unreadable !== null)) {
    throw new CairnError('import.refused', 'Not everything was imported: see what was refused, and why, above.');
  }
}

/** Reads files, hands them to the node and keeps what it reports. */
class ImportRun {
  readonly #sources: readonly ImportSource[];
  readonly #reports = new Map<string, FileReport>();
  /** Resources of each file that was looked at: a guess that only the progress bar uses. */
  readonly #expected = new Map<string, number>();

  constructor(sources: readonly ImportSource[]) {
    this.#sources = sources;
  }

  async import(
    client: CairnClient,
    signal: AbortSignal,
    onProgress: (done: number, total: number) => void,
  ): Promise<void> {
    for await (const step of client.administration.import(this.#files(signal), { signal })) {
      this.#take(step);
      if (step.type === 'progress') onProgress(step.resources, this.#total(step.resources));
    }
  }

  summary(): ImportSummary {
    // In the order of the command line, not of the import.
    const files = this.#sources.flatMap(({ name }) => this.#reports.get(name) ?? []);
    const sum = (count: (file: FileReport) => number): number => files.reduce((total, file) => total + count(file), 0);
    return {
      accepted: sum(({ accepted }) => accepted),
      unchanged: sum(({ unchanged }) => unchanged),
      refused: sum(({ refused }) => refused.length),
      notReached: this.#sources.length - files.length,
      files,
    };
  }

  #take(step: ImportStep): void {
    if (step.type === 'file') this.#reports.set(step.report.name, step.report);
    if (step.type === 'failed') throw new CairnError(step.problem.code, step.problem.message);
  }

  async *#files(signal: AbortSignal): AsyncGenerator<ImportFile, void, void> {
    for await (const file of administrativeFirst(this.#sources.map((source) => this.#watched(source)))) {
      if (signal.aborted) return;
      if (!this.#reports.has(file.name)) yield file;
    }
  }

  /** A file that cannot be read is reported, and stops nothing else. */
  #watched(source: ImportSource): ImportSource {
    const { name } = source;
    return {
      name,
      read: async () => {
        try {
          const text = await source.read();
          if (!this.#expected.has(name)) this.#expected.set(name, countResources(text));
          return text;
        } catch (error) {
          if (!(error instanceof CairnError)) throw error;
          const unreadable = [{ code: 'not-found', diagnostics: error.message, expression: null }];
          this.#reports.set(name, { name, accepted: 0, unchanged: 0, refused: [], unreadable });
          return '';
        }
      },
    };
  }

  #total(done: number): number {
    let total = 0;
    for (const expected of this.#expected.values()) total += expected;
    return Math.max(total, done);
  }
}

/** Entries of a bundle, or else lines. */
function countResources(text: string): number {
  const entries = text.match(/"resource"\s*:/g)?.length;
  return entries ?? text.match(/^\s*\{.*"resourceType"/gm)?.length ?? 1;
}
