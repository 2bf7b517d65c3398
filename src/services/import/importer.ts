import type { HostedOrganisation } from '../node-services.js';
import { DirectoryLinks } from './directory-links.js';
import { FileImport } from './file-import.js';
import { summarise, type FileReport, type ImportReport } from './import-report.js';
import { readFile, typeOf, type FileEntry, type ImportFile } from './read-file.js';
import { FhirRejection } from '../fhir/store/rejection.js';
import { Slots } from './slots.js';

/** What has been gone through so far, whatever became of it. */
export interface ImportProgress {
  readonly files: number;
  readonly resources: number;
  /** UTF-16 code units of the files that are done. */
  readonly characters: number;
}

export interface ImportOptions {
  readonly onProgress?: (progress: ImportProgress) => void;
  readonly onFile?: (report: FileReport) => void;
}

const FILES_TOGETHER = 3;

/**
 * Brings files of FHIR resources into an organisation's records. Resources keep their ids, so that an import can be repeated
 * or taken up again where it was broken off: what is stored already with the same content is passed over. What is refused
 * stops nothing but what depends on it.
 */
export class Importer {
  readonly #hosted: Pick<HostedOrganisation, 'organisation' | 'store'>;
  readonly #directory: DirectoryLinks;

  constructor(hosted: Pick<HostedOrganisation, 'organisation' | 'store'>) {
    this.#hosted = hosted;
    this.#directory = new DirectoryLinks(hosted.organisation.index.fhir);
  }

  /**
   * Imports files in the order given; what others refer to comes first (see `administrativeFirst`).
   * @throws CairnError when the node cannot go on (a full disk): what was imported stays, and the import can be repeated.
   */
  async import(
    files: Iterable<ImportFile> | AsyncIterable<ImportFile>,
    { onProgress, onFile }: ImportOptions = {},
  ): Promise<ImportReport> {
    const reports: FileReport[] = [];
    const slots = new Slots(FILES_TOGETHER);
    const done = { files: 0, resources: 0, characters: 0 };
    const advance = (): void => onProgress?.({ ...done });
    let position = 0;
    for await (const file of files) {
      const at = position++;
      const entries = entriesOf(file);
      // What holds no patients may refer to what came before, and be referred to by what comes after.
      const standsAlone = entries instanceof FhirRejection || !entries.some((entry) => typeOf(entry) === 'Patient');
      if (standsAlone) await slots.idle();
      await slots.start(async () => {
        const report = await this.#importFile(file.name, entries, () => {
          done.resources += 1;
          advance();
        });
        reports[at] = report;
        done.files += 1;
        done.characters += file.text.length;
        advance();
        onFile?.(report);
      });
      if (standsAlone) await slots.idle();
    }
    await slots.idle();
    return summarise(reports);
  }

  async #importFile(
    name: string,
    entries: readonly FileEntry[] | FhirRejection,
    onResource: () => void,
  ): Promise<FileReport> {
    if (entries instanceof FhirRejection) {
      return { name, accepted: 0, unchanged: 0, refused: [], unreadable: entries.issues };
    }
    const { organisation, store } = this.#hosted;
    const { crypto } = organisation.context;
    return new FileImport({ name, entries, store, crypto, directory: this.#directory, onResource }).run();
  }
}

function entriesOf(file: ImportFile): readonly FileEntry[] | FhirRejection {
  try {
    return readFile(file);
  } catch (error) {
    if (error instanceof FhirRejection) return error;
    throw error;
  }
}
