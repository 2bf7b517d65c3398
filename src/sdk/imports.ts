import { importFiles, IMPORT_LIMITS, type ImportFile, type ImportStep } from '../wire/imports.js';
import type { RequestOptions, Transport } from './transport.js';

/** A request brings at most about so much, so that none lasts long and all of it fits into memory. */
const PORTION_LENGTH = 16 * 1024 * 1024;

type Done = Extract<ImportStep, { type: 'done' }>;

/**
 * Imports files, portion by portion, each in a request of its own; counts are over all of them. Ends with `done`, or with
 * `failed` when the node could not go on.
 */
export async function* runImport(
  transport: Transport,
  files: Iterable<ImportFile> | AsyncIterable<ImportFile>,
  { signal }: RequestOptions,
): AsyncGenerator<ImportStep, void, void> {
  let total: Done = { type: 'done', files: 0, accepted: 0, unchanged: 0, refused: 0 };
  let characters = 0;
  for await (const portion of portionsOf(files)) {
    const body = portion.map((file) => `${JSON.stringify(file)}\n`).join('');
    for await (const step of transport.lines(importFiles, { body, signal })) {
      switch (step.type) {
        case 'progress':
          yield {
            type: 'progress',
            files: total.files + step.files,
            resources: resourcesOf(total) + step.resources,
            characters: characters + step.characters,
          };
          break;
        case 'done':
          total = sum(total, step);
          break;
        case 'file':
          yield step;
          break;
        case 'failed':
          yield step;
          return;
      }
    }
    characters += portion.reduce((length, { text }) => length + text.length, 0);
  }
  yield total;
}

async function* portionsOf(
  files: Iterable<ImportFile> | AsyncIterable<ImportFile>,
): AsyncGenerator<ImportFile[], void, void> {
  let portion: ImportFile[] = [];
  let length = 0;
  for await (const file of files) {
    const isFull = length + file.text.length > PORTION_LENGTH || portion.length >= IMPORT_LIMITS.filesMax;
    if (isFull && portion.length > 0) {
      yield portion;
      portion = [];
      length = 0;
    }
    portion.push(file);
    length += file.text.length;
  }
  if (portion.length > 0) yield portion;
}

function resourcesOf({ accepted, unchanged, refused }: Done): number {
  return accepted + unchanged + refused;
}

function sum(a: Done, b: Done): Done {
  return {
    type: 'done',
    files: a.files + b.files,
    accepted: a.accepted + b.accepted,
    unchanged: a.unchanged + b.unchanged,
    refused: a.refused + b.refused,
  };
}
