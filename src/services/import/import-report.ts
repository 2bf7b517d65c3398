import type { RejectionIssue } from '../fhir/store/rejection.js';

/** A resource that was not taken, and why; without anything that it says. */
export interface RefusedResource {
  /** Entry of the bundle or line of the file, from 0. */
  readonly index: number;
  readonly type: string;
  readonly issues: readonly RejectionIssue[];
}

export interface FileReport {
  readonly name: string;
  /** New resources and new versions. */
  readonly accepted: number;
  /** Stored before with exactly this content. */
  readonly unchanged: number;
  readonly refused: readonly RefusedResource[];
  /** Why nothing of the file could be read. */
  readonly unreadable?: readonly RejectionIssue[];
}

export interface ImportReport {
  readonly files: readonly FileReport[];
  readonly accepted: number;
  readonly unchanged: number;
  readonly refused: number;
}

export function summarise(files: readonly FileReport[]): ImportReport {
  const sum = (count: (file: FileReport) => number): number => files.reduce((total, file) => total + count(file), 0);
  return {
    files,
    accepted: sum(({ accepted }) => accepted),
    unchanged: sum(({ unchanged }) => unchanged),
    refused: sum(({ refused }) => refused.length),
  };
}
