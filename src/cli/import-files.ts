import { createReadStream, readdirSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { CairnError } from '../primitives/errors.js';
import type { ImportSource } from '../services/import/import-order.js';
import { IMPORT_LIMITS } from '../wire/imports.js';

/** Files of a folder that are taken for FHIR; a file that is named itself may be called anything. */
const FHIR_FILE = /\.(json|ndjson|jsonl)$/i;
/** Most bytes of a file: a UTF-16 unit is at most three bytes of UTF-8. */
const FILE_BYTES_MAX = 3 * IMPORT_LIMITS.fileLengthMax;

/**
 * What the arguments of `cairn import` name: files, folders with everything below them, in the order of their names, and `-`
 * for standard input. Of these only standard input is read at once.
 * @throws CairnError `usage.file`, `usage.nothing-to-import`
 */
export async function importSources(paths: readonly string[], input: AsyncIterable<Buffer>): Promise<ImportSource[]> {
  const sources: ImportSource[] = [];
  for (const path of new Set(paths)) {
    if (path === '-') sources.push(await standardInput(input));
    else sources.push(...sourcesAt(path));
  }
  if (sources.length === 0) {
    throw new CairnError('usage.nothing-to-import', `No .json, .ndjson or .jsonl file lies in ${paths.join(', ')}.`);
  }
  return sources;
}

function sourcesAt(path: string): ImportSource[] {
  if (!stat(path).isDirectory()) return [fileSource(path)];
  return filesBelow(path)
    .filter((file) => FHIR_FILE.test(file))
    .sort()
    .map(fileSource);
}

function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() || entry.isSymbolicLink())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    throw unreadable(folder, error);
  }
}

function fileSource(path: string): ImportSource {
  return { name: path, read: () => readText(path, createReadStream(path)) };
}

/** Its name tells the node whether each line is a resource. */
async function standardInput(input: AsyncIterable<Buffer>): Promise<ImportSource> {
  const text = await readText('standard input', input);
  const [first = '', second = ''] = text.trimStart().split('\n', 2);
  const isLines = /^\{.*\}\s*$/.test(first) && second.startsWith('{');
  return { name: isLines ? 'standard-input.ndjson' : 'standard-input.json', read: () => Promise.resolve(text) };
}

async function readText(name: string, stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > FILE_BYTES_MAX) throw tooLarge(name);
    }
  } catch (error) {
    throw unreadable(name, error);
  }
  const text = decode(name, Buffer.concat(chunks));
  if (text.length > IMPORT_LIMITS.fileLengthMax) throw tooLarge(name);
  return text;
}

function decode(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new CairnError('usage.file', `${name} is not text in UTF-8.`, { cause });
  }
}

function stat(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

function tooLarge(name: string): CairnError {
  const most = `${IMPORT_LIMITS.fileLengthMax / 1024 / 1024} Mi characters`;
  return new CairnError('usage.file', `${name} has more than ${most}. Split it.`);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
  ELOOP: 'its links lead nowhere',
};

function unreadable(path: string, error: unknown): Error {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof CairnError || code === undefined) return error as Error;
  return new CairnError('usage.file', `${path} cannot be read: ${REASONS[code] ?? code}.`, { cause: error });
}
