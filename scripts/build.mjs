// Fills dist/: `npm run build`. Types are checked separately by `npm run types`.
// A file is replaced whole by a rename, and only if it changed, so that programs and tests that run from dist/ meanwhile
// never miss one, and two builds at once do no harm.
import { build } from 'esbuild';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Each step returns everything it puts into dist/: path below the repository → content. Add a step here.
 * @type {readonly (() => Promise<Map<string, Uint8Array>>)[]}
 */
const STEPS = [transpile];

/** What a running build writes before the rename; another build must not clear it away. */
const TEMPORARY = join('dist', '.tmp-');

const root = fileURLToPath(new URL('..', import.meta.url));

const outputs = new Map((await Promise.all(STEPS.map((step) => step()))).flatMap((files) => [...files]));
for (const [file, content] of outputs) replace(join(root, file), content);
for (const file of filesBelow('dist')) {
  if (!outputs.has(file) && !file.startsWith(TEMPORARY)) rmSync(join(root, file), { force: true });
}

/** Every TypeScript source but the tests, file by file, so that stack traces and workers find them where they stand in src/. */
async function transpile() {
  const sources = ['src', 'bench', 'testkit', 'sim', 'test']
    .flatMap(filesBelow)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.endsWith('.d.ts'));
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: sources,
    outdir: 'dist',
    outbase: '.',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    logLevel: 'warning',
    write: false,
  });
  return new Map(outputFiles.map(({ path, contents }) => [path.slice(root.length), contents]));
}

/** @param {string} folder */
function filesBelow(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}

/**
 * @param {string} path
 * @param {Uint8Array} content
 */
function replace(path, content) {
  if (existsSync(path) && readFileSync(path).equals(content)) return;
  mkdirSync(dirname(path), { recursive: true });
  const temporary = join(root, `${TEMPORARY}${process.pid}`);
  // A program, which npx and a link to it start as such.
  const isProgram = content[0] === 0x23 && content[1] === 0x21;
  writeFileSync(temporary, content, { mode: isProgram ? 0o755 : 0o644 });
  renameSync(temporary, path);
}
