// The compiler settings of the pure layers reject what a host offers, whatever the packages they import declare.
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

const REJECTED = [
  'process.exit()',
  'console.log(1)',
  "fetch('x')",
  'crypto.randomUUID()',
  'setTimeout(() => 1, 1)',
  'queueMicrotask(() => 1)',
  'new TextEncoder()',
  'new TextDecoder()',
  "Buffer.from('')",
  'structuredClone({})',
  "new URL('x:y')",
  'new AbortController()',
  'performance.now()',
  'window',
  'navigator',
  "require('fs')",
  '[1].toSorted()', // beyond es2022
];
const ACCEPTED = ['new Uint8Array(1)', '1n + 2n', 'new Map()', '[1].at(-1)'];
const NODE_IMPORT = "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n";

describe('tsconfig.pure.json', () => {
  const planted = new Map(
    [...REJECTED, ...ACCEPTED].map((code, index) => [plantPath(`plant-${index}`), `export const value = ${code};\n`]),
  );
  planted.set(plantPath('plant-import'), NODE_IMPORT);
  const program = pureProgram(planted);
  const errors = (path: string) => program.getSemanticDiagnostics(program.getSourceFile(path)).map(({ code }) => code);

  it.each(REJECTED.map((code, index) => [code, index] as const))('rejects %s', (_code, index) => {
    expect(errors(plantPath(`plant-${index}`))).not.toEqual([]);
  });

  it.each(ACCEPTED.map((code, index) => [code, index + REJECTED.length] as const))('accepts %s', (_code, index) => {
    expect(errors(plantPath(`plant-${index}`))).toEqual([]);
  });

  it('rejects a Node.js module', () => {
    expect(errors(plantPath('plant-import'))).not.toEqual([]);
  });

  it('covers every pure source', () => {
    const layers = new Set(program.getRootFileNames().map((file) => file.slice(REPOSITORY.length).split('/')[1]));
    expect(layers).toContain('primitives');
    expect(program.getRootFileNames().some((file) => file.endsWith('.test.ts'))).toBe(false);
  });
});

/** The whole pure program, since a declaration in any file or package of it would be seen by all. */
function pureProgram(planted: ReadonlyMap<string, string>): ts.Program {
  const file = join(REPOSITORY, 'tsconfig.pure.json');
  const { fileNames, options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(file, (path) => ts.sys.readFile(path)).config,
    ts.sys,
    REPOSITORY,
  );
  const host = ts.createCompilerHost(options);
  const disk = { ...host };
  host.fileExists = (path) => planted.has(path) || disk.fileExists(path);
  host.readFile = (path) => planted.get(path) ?? disk.readFile(path);
  host.getSourceFile = (path, ...rest) => {
    const text = planted.get(path);
    return text === undefined ? disk.getSourceFile(path, ...rest) : ts.createSourceFile(path, text, rest[0]);
  };
  return ts.createProgram([...fileNames, ...planted.keys()], options, host);
}

function plantPath(name: string): string {
  return join(REPOSITORY, 'src/primitives', `${name}.ts`);
}
