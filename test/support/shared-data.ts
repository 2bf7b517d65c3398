import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';

const root = fileURLToPath(new URL('../../../shared/data/', import.meta.url));

/** Absolute path of a shared input, or undefined where the inputs are not beside the checkout. */
function sharedData(path: string): string | undefined {
  const full = root + path;
  return existsSync(full) ? full : undefined;
}

/** Declares a suite over a shared input; where that is absent it is skipped with one visible line. */
export function describeWithData(path: string, name: string, suite: (fullPath: string) => void): void {
  const full = sharedData(path);
  if (full === undefined) {
    console.warn(`skipped: ${name}: ../shared/data/${path} is not here`);
    it.skip(`${name} (needs ../shared/data/${path})`, () => {});
  } else {
    describe(name, () => suite(full));
  }
}
