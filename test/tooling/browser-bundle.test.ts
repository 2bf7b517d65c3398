// What browsers load needs neither a Node.js module nor a global that browsers lack.
import { build } from 'esbuild';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createContext, runInContext } from 'node:vm';
import { expect, it } from 'vitest';
import { BROWSER_LAYERS } from '../../scripts/layers.js';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** What browsers and ECMAScript hosts for the web all have, and modules may touch while they load. */
const WEB_GLOBALS = { TextEncoder, TextDecoder, crypto, URL, AbortController, structuredClone };

/** Imports for Node.js 18 that run only where `globalThis.crypto` is missing: never in a browser. Reviewed by hand. */
const FALLBACKS = new Set([
  'node_modules/@hpke/common/esm/src/algorithm.js: dynamic-import crypto',
  'node_modules/@hpke/common/esm/src/utils/misc.js: dynamic-import crypto',
  'node_modules/mlkem/esm/src/utils.js: dynamic-import crypto',
]);

it('bundles every browser layer without a Node.js module, and the bundle loads', { timeout: 120_000 }, async () => {
  const sources = BROWSER_LAYERS.flatMap(sourcesOf);
  expect(sources).toContain('src/primitives/portable-crypto.ts');
  const bundle = await bundleOf(sources.map((file) => `import './${file}';`).join('\n'));
  const externals = Object.entries(bundle.metafile.inputs).flatMap(([file, { imports }]) =>
    imports.filter(({ external }) => external).map(({ path, kind }) => `${file}: ${kind} ${path}`),
  );
  expect(externals.filter((line) => !FALLBACKS.has(line))).toEqual([]);
  // A package may replace a Node.js module by nothing for browsers, which would hide that it is used.
  expect(Object.keys(bundle.metafile.inputs).filter((file) => file.startsWith('(disabled)'))).toEqual([]);
  runInContext(bundle.outputFiles[0]?.text ?? '', createContext({ ...WEB_GLOBALS }));
});

it('would notice a Node.js module', async () => {
  await expect(bundleOf("import { readFileSync } from 'node:fs'; globalThis.r = readFileSync;")).rejects.toThrow(
    'node:fs',
  );
});

it('would notice a Node.js global', async () => {
  const bundle = await bundleOf('globalThis.r = process.version;');
  const context = createContext({ ...WEB_GLOBALS });
  expect(() => runInContext(bundle.outputFiles[0]?.text ?? '', context)).toThrow('process is not defined');
});

function bundleOf(contents: string) {
  return build({
    stdin: { contents, resolveDir: REPOSITORY, sourcefile: 'entry.ts' },
    absWorkingDir: REPOSITORY,
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent',
    metafile: true,
    write: false,
    treeShaking: false,
  });
}

function sourcesOf(layer: string): string[] {
  const folder = join(REPOSITORY, 'src', layer);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .map((file) => join('src', layer, String(file)))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
}
