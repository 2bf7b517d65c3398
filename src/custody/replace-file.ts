/** Replacing a file as a whole: after a crash there is the old one or the new one, never a part or a mixture. */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { CairnError } from '../primitives/errors.js';

/** A writer needs milliseconds: what is older was left by a crash. */
const ABANDONED_AFTER_MS = 60_000;

/**
 * Writes `bytes` beside `path`, makes them durable and renames them into place; mode 0600. The temporary file is the
 * lock between processes: while one is being written, `isCurrent` is asked once whether what stands at `path` (undefined:
 * nothing) is still what the caller means to replace.
 *
 * Errors: `custody.changed` (it is not, or somebody is replacing it right now), `custody.io`.
 */
export function replaceFile(
  path: string,
  bytes: Uint8Array,
  isCurrent: (standing: Uint8Array | undefined) => boolean,
): void {
  const temporary = `${path}.new`;
  const file = openExclusively(temporary);
  try {
    if (!isCurrent(readIfThere(path))) throw changed(path);
    writeFileSync(file, bytes);
    fsyncSync(file);
    // Only if it is still ours: another process may have taken a slow writer for a crashed one.
    if (statSync(temporary, { throwIfNoEntry: false })?.ino !== fstatSync(file).ino) throw changed(path);
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error instanceof CairnError ? error : failed(path, error);
  } finally {
    closeSync(file);
  }
}

/** Undefined if there is no such file. Error `custody.io`. */
export function readIfThere(path: string): Uint8Array | undefined {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw failed(path, error);
  }
}

function openExclusively(temporary: string): number {
  for (let attempt = 0; ; attempt++) {
    try {
      return openSync(temporary, 'wx', 0o600);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw failed(temporary, error);
      const age = Date.now() - (statSync(temporary, { throwIfNoEntry: false })?.mtimeMs ?? 0);
      if (attempt > 0 || age < ABANDONED_AFTER_MS) throw changed(temporary);
      rmSync(temporary, { force: true });
    }
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function changed(path: string): CairnError {
  return new CairnError('custody.changed', `another process changed ${path}; open it again and repeat the change`);
}

function failed(path: string, cause: unknown): CairnError {
  return new CairnError(
    'custody.io',
    `cannot read or write ${path} (${codeOf(cause) ?? 'unknown'}); check disk and rights`,
    {
      cause,
    },
  );
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}
